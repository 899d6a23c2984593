"""No process outlives the one that started it."""

import subprocess
import sys

from infra.local.children import Child
from infra.local.cloud import plain_environment
from infra.paths import ROOT

SERVER = ("http.server", "0", "--bind", "127.0.0.1")


def test_a_tethered_process_ends_when_its_parent_is_killed():
    tethered = [sys.executable, "-m", "infra.local.tethered", *SERVER]
    process = subprocess.Popen(tethered, cwd=ROOT, stdin=subprocess.PIPE)
    assert process.poll() is None

    process.stdin.close()  # what the kernel does to a killed parent's pipes

    assert process.wait(10) != 0


def test_a_child_that_does_not_heed_a_request_to_end_is_ended(tmp_path):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf')"
    log = tmp_path / "log"
    command = [sys.executable, "-uc", f"{deaf}; time.sleep(60)"]
    child = Child(command, plain_environment(), log)
    while "deaf" not in log.read_text():
        assert child.running

    child.stop(0.2)

    assert not child.running
