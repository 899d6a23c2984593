"""A whole local stage for tests and benchmarks: its own data folder, all ports free."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.children import Child
from infra.local.cloud import client, plain_environment
from infra.local.control import Running
from infra.local.ports import free_port

START_SECONDS = 180
STOP_SECONDS = 15


@dataclass(frozen=True)
class Stack:
    """Where a running stage answers."""

    url: str
    aws_endpoint: str
    data_dir: Path

    def client(self, service: str) -> Any:
        """A boto3 client of the stage's own AWS."""
        return client(service, self.aws_endpoint)


@contextmanager
def running_stack(data_dir: Path, *, seed: bool = True, practice: bool = False) -> Iterator[Stack]:
    """Start what `make run` starts, give it when it is ready, end it after."""
    data_dir.mkdir(parents=True, exist_ok=True)
    environment = {
        **plain_environment(),
        "DATA_DIR": str(data_dir),
        "PORT": str(free_port()),
        "SEED": "demo" if seed else "none",
        "PROVIDERS": "practice" if practice else "none",
    }
    process = Child.module("infra.local", environment=environment, log=data_dir / "run.log")
    try:
        running = _wait(process, data_dir)
        yield Stack(running.url, running.aws_endpoint, data_dir)
    finally:
        process.stop(STOP_SECONDS)


def _wait(process: Child, data_dir: Path) -> Running:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.running:
        if running := Running.load(data_dir):
            return running
        time.sleep(0.1)
    raise RuntimeError(f"The stage did not start:\n{process.log.read_text(encoding='utf-8')}")
