"""The sandbox provider as tests start it: the real process, with its secrets file."""

import json
import subprocess
import sys
from pathlib import Path

from chalicelib.providers.base import Secrets


class SandboxProcess:
    def __init__(self, data_dir: Path, webhook_url: str, public_url: str | None = None) -> None:
        command = [sys.executable, "-m", "infra.local.sandbox", "--data-dir", str(data_dir)]
        command += ["--webhook-url", webhook_url]
        command += ["--public-url", public_url] if public_url else []
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
        self.greeting = self._process.stdout.readline()
        self.secrets: Secrets = json.loads((data_dir / "sandbox-secrets.json").read_text())
        self.base: str = self.secrets["api_base"]

    def stop(self) -> int:
        self._process.terminate()
        return self._finish()

    def kill(self) -> int:
        self._process.kill()
        return self._finish()

    def _finish(self) -> int:
        code = self._process.wait(timeout=10)
        self._process.stdout.close()
        return code
