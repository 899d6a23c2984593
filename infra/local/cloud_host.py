"""Runs the local AWS, ministack, in its own environment, and keeps its state.

Started by `infra.local.cloud` with ministack's interpreter. It ends, state saved, on SIGTERM or
when the pipe on its standard input closes, which is how the death of its parent reaches it.
"""

import fcntl
import os
import signal
import sys
import threading
import time
from pathlib import Path

from cloud_gaps import fill_gaps
from ministack import app as ministack
from ministack.core import persistence
from ministack.services import dynamodb, lambda_svc
from tethered import tie_to_parent

SNAPSHOT_SECONDS = 20
SNAPSHOT_TIMEOUT_SECONDS = 120


def main() -> None:
    fill_gaps()
    keep_streams_over_restarts()
    own_the_state(Path(persistence.STATE_DIR))
    tie_to_parent()
    threading.Thread(target=save_snapshots, daemon=True).start()
    sys.argv = sys.argv[:1]
    ministack.main()


def own_the_state(folder: Path) -> None:
    """Wait for a predecessor that is still saving; the lock lasts as long as the process."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)


def save_snapshots() -> None:
    """Save in a forked child: it sees one instant of all services, and nobody waits for it."""
    while True:
        time.sleep(SNAPSHOT_SECONDS)
        pid = os.fork()
        if pid == 0:
            try:
                save_snapshot(Path(persistence.STATE_DIR))
            finally:
                os._exit(0)
        wait_for(pid)


def wait_for(pid: int) -> None:
    deadline = time.monotonic() + SNAPSHOT_TIMEOUT_SECONDS
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def save_snapshot(folder: Path) -> None:
    """Write everything beside the state in force, then move it there file by file."""
    following = folder / "next"
    following.mkdir(parents=True, exist_ok=True)
    persistence.STATE_DIR = str(following)
    persistence.save_all(ministack._build_persistence_save_dict())
    for path in following.glob("*.json"):
        path.replace(folder / path.name)


def keep_streams_over_restarts() -> None:
    """The state holds how far each function read a stream; add what none has read yet."""
    get_state, load_state = dynamodb.get_state, dynamodb.load_persisted_state

    def get_state_with_streams():
        state = get_state()
        state["streams"] = []
        for (account, region, table), records in list(dynamodb._stream_records.all_items()):
            trimmed = dynamodb._trimmed_count(table, account, region)
            read = max(first_unread(account, region, table, trimmed + len(records)), trimmed)
            unread = list(records)[read - trimmed :]
            state["streams"].append([account, region, table, read, unread])
        return state

    def load_state_with_streams(data):
        load_state(data)
        for account, region, table, read, unread in data.get("streams", ()):
            dynamodb._stream_trimmed.set_scoped(account, region, table, read)
            dynamodb._stream_records.set_scoped(account, region, table, unread)

    dynamodb.get_state = get_state_with_streams
    dynamodb.load_persisted_state = load_state_with_streams


def first_unread(account: str, region: str, table: str, end: int) -> int:
    positions = [
        lambda_svc._dynamodb_stream_positions.get_scoped(account, region, mapping["UUID"], 0)
        for owner, place, mapping in lambda_svc._iter_all_esms()
        if (owner, place) == (account, region)
        and f":table/{table}/stream/" in mapping.get("EventSourceArn", "")
    ]
    return min(positions, default=end)


if __name__ == "__main__":
    main()
