"""The practice companies as tests start them: their real process, with the secrets it gives."""

import json
import subprocess
import sys
from pathlib import Path


class CounterpartsProcess:
    def __init__(self, data_dir: Path, webhook_base: str) -> None:
        command = [sys.executable, "-m", "infra.local.counterparts", "--data-dir", str(data_dir)]
        command += ["--webhook-base", webhook_base]
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
        self.greeting = self._process.stdout.readline()
        self.secrets = json.loads((data_dir / "secrets.json").read_text())

    def stop(self) -> int:
        self._process.terminate()
        code = self._process.wait(timeout=10)
        self._process.stdout.close()
        return code
