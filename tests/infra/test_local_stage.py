"""The life of a local stage: started, redeployed, interrupted, killed, and nothing lost."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from infra.local.control import Running
from infra.local.ports import free_port
from infra.paths import ROOT

START_SECONDS = 180
GONE_SECONDS = 15
SNAPSHOT_SECONDS = 60
LAST_WORD = "Ended, everything saved"


class Stage:
    """`make run` in a process group of its own, as a shell would start it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.log = data_dir.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def make_run(self, port: int) -> subprocess.Popen[bytes]:
        known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment = {
            **known, "DATA_DIR": str(self.data_dir), "PORT": str(port), "SEED": "none",
        }  # fmt: skip
        with self.log.open("ab") as log:
            return subprocess.Popen(
                ["make", "run"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start(self) -> Running:
        self._process = self.make_run(free_port())
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            running = Running.load(self.data_dir)
            if running and running.pid in self.processes():
                return running
            time.sleep(0.2)
        raise AssertionError(self.log.read_text())

    def interrupt(self) -> None:
        """Ctrl-C: the whole group gets it."""
        os.killpg(self._process.pid, signal.SIGINT)
        self.wait_until_gone()

    def terminate(self, pid: int) -> None:
        os.kill(pid, signal.SIGTERM)
        self.wait_until_gone()

    def kill(self) -> None:
        """What no program can answer to, for every process at once."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(GONE_SECONDS)

    def processes(self) -> list[int]:
        """Whoever was started with this data folder, however far down."""
        mark, found = str(self.data_dir).encode(), []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found

    def wait_until_gone(self) -> None:
        deadline = time.monotonic() + GONE_SECONDS
        while self._process.poll() is None or self.processes():
            assert time.monotonic() < deadline, f"still there: {self.processes()}"
            time.sleep(0.1)

    def wait_for_snapshot(self) -> None:
        """Until a whole snapshot that began after now is in force."""
        saved, since = self.data_dir / "cloud" / "state" / "cognito.json", time.time()
        deadline = time.monotonic() + SNAPSHOT_SECONDS
        seen = 0
        while seen < 2:
            assert time.monotonic() < deadline
            if saved.exists() and saved.stat().st_mtime > since:
                since, seen = saved.stat().st_mtime, seen + 1
            time.sleep(0.2)


def post(url, body):
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status


def sign_in(running, email="customer1@example.com", password="Demo-pass-1"):
    return post(f"{running.url}/v1/auth/sign-in", {"email": email, "password": password})


def sign_up(running, email):
    return post(
        f"{running.url}/v1/auth/sign-up", {"email": email, "password": "Kept-over-1", "name": "K"}
    )


def known_people(running):
    from infra.local.local_stage import LocalStage

    cognito = LocalStage(running.aws_endpoint, running.url).client("cognito-idp")
    (pool,) = cognito.list_user_pools(MaxResults=10)["UserPools"]
    users = cognito.list_users(UserPoolId=pool["Id"])["Users"]
    return {attr["Value"] for u in users for attr in u["Attributes"] if attr["Name"] == "email"}


@pytest.mark.timeout(600)
def test_a_stage_is_redeployed_interrupted_killed_and_keeps_what_it_was_told(tmp_path):
    stage = Stage(tmp_path / "data")
    stage.data_dir.mkdir()
    (stage.data_dir / "notes.txt").write_text("not ours")
    running = stage.start()
    try:
        assert sign_in(running) == 200
        assert sign_up(running, "first@example.com") == 201
        second = stage.make_run(free_port())
        assert second.wait(START_SECONDS) == 0
        assert sign_in(running) == 200, "the first one goes on"
        stage.interrupt()
        assert LAST_WORD in stage.log.read_text()

        running = stage.start()
        assert "first@example.com" in known_people(running)
        assert sign_up(running, "second@example.com") == 201
        stage.wait_for_snapshot()
        stage.kill()

        running = stage.start()
        assert {"first@example.com", "second@example.com"} <= known_people(running)
        assert sign_in(running) == 200
        stage.terminate(running.pid)
        assert (stage.data_dir / "notes.txt").read_text() == "not ours"
    finally:
        stage.kill()
