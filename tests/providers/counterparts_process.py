"""The practice companies as tests start them: their real process, and a shop that they tell."""

import json
import subprocess
import sys
from pathlib import Path

from tests.providers.http_double import HttpDouble


class CounterpartsProcess:
    def __init__(self, data_dir: Path, shop: HttpDouble) -> None:
        self.shop = shop
        command = [sys.executable, "-m", "infra.local.counterparts", "--data-dir", str(data_dir)]
        command += ["--webhook-base", f"{shop.base}/hook"]
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
        self.greeting = self._process.stdout.readline()
        self.secrets = json.loads((data_dir / "secrets.json").read_text())

    def stop(self) -> int:
        self._process.terminate()
        code = self._process.wait(timeout=10)
        self._process.stdout.close()
        return code
