"""Runs a module as a program that ends when its parent does, however that one ends.

`python -m infra.local.tethered package.module argument …`, standard input being a pipe whose other
end only the parent holds.
"""

import os
import runpy
import signal
import sys
import threading


def tie_to_parent() -> None:
    """Send this process SIGTERM when its standard input closes."""
    threading.Thread(target=_end_with_input, daemon=True).start()


def _end_with_input() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    del sys.argv[0]
    tie_to_parent()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
