"""Starts and ends the local AWS as a process of its own session, its state in a folder."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from infra.paths import INFRA, ROOT

REGION = "us-east-1"
ACCOUNT = "000000000000"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": ACCOUNT,
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
INTERPRETER = ROOT / ".venv-local" / "bin" / "python"
STOP_SECONDS = 10


class LocalCloud:
    """One ministack; it dies with its parent, because the pipe to its standard input closes."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self._port = port
        self._folder = data_dir / "cloud"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def client_environment(self) -> dict[str, str]:
        """What a process needs to speak to this AWS and to no other."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.endpoint, "AWS_SESSION_TOKEN": ""}

    @property
    def log(self) -> Path:
        return self._folder / "cloud.log"

    def start(self) -> None:
        scratch = self._folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(INTERPRETER), str(INFRA / "local" / "cloud_host.py")],
                env=self._environment(scratch),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _environment(self, scratch: Path) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key in INHERITED}
        return {
            **inherited,
            **self.client_environment,
            "GATEWAY_PORT": str(self._port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._folder / "s3"),
            "TMPDIR": str(scratch),
            "LAMBDA_WARM_TTL_SECONDS": "86400",
            "LAMBDA_ACCOUNT_CONCURRENCY": "64",
            "LOG_LEVEL": "WARNING",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    async def ready(self) -> None:
        """Wait until it answers."""
        while not await asyncio.to_thread(self._answers):
            if self._process is None or self._process.poll() is not None:
                raise SystemExit(f"The local AWS did not start; see {self.log}")
            await asyncio.sleep(0.05)

    def _answers(self) -> bool:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        return False

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it with its state saved, and whatever functions it still runs."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


INHERITED = ("PATH", "HOME", "LANG", "LC_ALL")
