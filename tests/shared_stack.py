"""One running stage for all the processes of a test run: the first to need it starts it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.stack import Stack, running_stack


@contextmanager
def shared_stack(base: Path) -> Iterator[Stack]:
    """The run's stage. Whoever started it ends it, after everyone else is done with it."""
    folder = base / f"stack-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users").open("a") as users, (folder / "starting").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        known = folder / "stack.json"
        if known.exists():
            fcntl.flock(starting, fcntl.LOCK_UN)
            told = json.loads(known.read_text())
            yield Stack(told["url"], told["aws_endpoint"], folder / "data")
            return
        with running_stack(folder / "data", practice=True) as stack:
            known.write_text(json.dumps({"url": stack.url, "aws_endpoint": stack.aws_endpoint}))
            fcntl.flock(starting, fcntl.LOCK_UN)
            yield stack
            fcntl.flock(users, fcntl.LOCK_EX)
            known.unlink()
