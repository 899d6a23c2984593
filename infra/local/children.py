"""Processes that the supervisor starts: each in its own session, none outlives it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from infra.paths import ROOT


class Child:
    """One process and what it started; the pipe to its standard input ties it to us."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        self.log = log

    @classmethod
    def module(cls, name: str, *arguments: str, environment: dict[str, str], log: Path) -> "Child":
        command = [sys.executable, "-m", "infra.local.tethered", name, *arguments]
        return cls(command, environment, log)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    async def finished(self) -> int:
        """Wait until it ends by itself."""
        return int(await asyncio.to_thread(self._process.wait))

    def stop(self, seconds: float) -> None:
        """Ask it to end, and end by force it and its own children when it has not in time."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
