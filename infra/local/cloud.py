"""Starts and ends the local AWS, its state in a folder."""

import asyncio
import contextlib
import os
import shutil
import threading
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from infra.errors import Failed
from infra.local.children import Child
from infra.paths import INFRA, ROOT

REGION = "us-east-1"
ACCOUNT = "000000000000"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": ACCOUNT,
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SESSION_TOKEN": "",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL")
INTERPRETER = ROOT / ".venv-local" / "bin" / "python"
BUCKET = "docket-local-artefacts"
START_SECONDS = 60
CLIENTS = threading.Lock()  # making one is not safe in two threads at a time
STOP_SECONDS = 9


class LocalCloud:
    """One ministack on a port of this machine."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self._port = port
        self._folder = data_dir / "cloud"
        self._child: Child | None = None

    def start(self) -> None:
        scratch = self._folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        command = [str(INTERPRETER), str(INFRA / "local" / "cloud_host.py")]
        self._child = Child(command, self._environment(scratch), self._folder / "cloud.log")

    def _environment(self, scratch: Path) -> dict[str, str]:
        return {
            **plain_environment(),
            **client_environment(self.endpoint),
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
            "AUTH": "true",  # the functions' policies are in force, as on AWS
            "LOG_LEVEL": "WARNING",
        }

    async def ready(self) -> None:
        """Wait until it answers, its state loaded."""
        deadline = time.monotonic() + START_SECONDS
        while not await asyncio.to_thread(self._answers):
            if not self.running or time.monotonic() > deadline:
                raise Failed(f"The local AWS did not start; see {self._folder / 'cloud.log'}")
            await asyncio.sleep(0.05)

    def _answers(self) -> bool:
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=2) as answer,
        ):
            return bool(answer.status == 200)
        return False

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def stop(self) -> None:
        """End it, its state saved, and whatever functions it still runs."""
        if self._child:
            self._child.stop(STOP_SECONDS)


def plain_environment() -> dict[str, str]:
    """Ours without anything that could lead to another AWS or change how Python runs."""
    return {key: value for key, value in os.environ.items() if key in INHERITED}


def client_environment(endpoint: str) -> dict[str, str]:
    """What a process needs to speak to this AWS and to no other."""
    return {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}


@cache
def client_session() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )


@cache
def client(service: str, endpoint: str, region: str = REGION) -> Any:
    """A client of the local AWS, made once: each costs a tenth of a second."""
    with CLIENTS:
        return client_session().client(service, endpoint_url=endpoint, region_name=region)
