"""DynamoDB Local, AWS's own engine, in memory on a free port of the loopback interface.

The tests of the store and the benchmarks run on it. `package-lock.json` pins the jar by its digest;
a Java development kit (17 or newer) runs it. As a program it takes the port, and ends java with
itself.
"""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.errors import Failed
from infra.local.children import Child
from infra.local.cloud import plain_environment
from infra.local.ports import free_port
from infra.paths import INFRA, ROOT

EMULATOR = ROOT / "node_modules" / "amplify-dynamodb-simulator" / "emulator"
LIBRARIES = EMULATOR / "DynamoDBLocal_lib"
STARTER = INFRA / "local" / "LoopbackDynamoDB.java"
START_SECONDS = 60
STOP_SECONDS = 5


@cache
def missing() -> str:
    """What this machine lacks to run it; nothing where it can."""
    if not EMULATOR.exists():
        return "its jar; run `npm ci --ignore-scripts`"
    java = shutil.which("java")
    if java is None:
        return "java"
    modules = subprocess.run(
        [java, "--list-modules"], capture_output=True, text=True, timeout=60, check=False
    )
    return "" if "jdk.compiler" in modules.stdout else "a Java development kit"


@contextmanager
def running_dynamodb(log: Path) -> Iterator[str]:
    """Start it empty, give its endpoint when it answers, end it after."""
    if lacking := missing():
        raise Failed(f"DynamoDB Local needs {lacking}.")
    port = free_port()
    name = "infra.local.dynamodb_local"
    process = Child.module(name, str(port), environment=plain_environment(), log=log)
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop(STOP_SECONDS)


def _wait(process: Child, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.running:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise Failed(f"DynamoDB Local did not start:\n{process.log.read_text(encoding='utf-8')}")


def main(port: str) -> None:
    command = ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1"]
    command += [f"-Djava.library.path={LIBRARIES}"]
    command += ["-cp", f"{EMULATOR / 'DynamoDBLocal.jar'}:{LIBRARIES}/*", str(STARTER)]
    command += ["-port", port, "-inMemory", "-disableTelemetry"]
    with TemporaryDirectory() as scratch:  # it leaves a file where it starts
        java = subprocess.Popen(command, cwd=scratch, stdin=subprocess.DEVNULL)
        signal.signal(signal.SIGTERM, lambda *_: java.kill())
        java.wait()


if __name__ == "__main__":
    main(sys.argv[1])
