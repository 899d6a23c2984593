"""Simulates lives by their seeds: `python -m tests.reliability.simulation 1 24`, first and last.

Prints a line for each life that ended badly, with its trace, and a summary; exits 1 if any did.
"""

import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.reliability.simulation import clock

SETTINGS = {
    "DOCKET_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
    "DOCKET_ORDER_POSTS_PER_MINUTE": "300",
    "DOCKET_UNPAID_ORDERS_MAX": "100",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}


def main(first: int, last: int, seconds_max: float = float("inf")) -> int:
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of sets must not depend on the process, or a seed could not be replayed.
        os.execve(sys.executable, [sys.executable, "-m", __spec__.parent, *sys.argv[1:]],
                  {**os.environ, "PYTHONHASHSEED": "0"})  # fmt: skip
    clock.take_over()
    from tests import environment

    environment.prepare()
    os.environ |= SETTINGS
    from infra.local import dynamodb_local as engine
    from tests.http import Client
    from tests.reliability.simulation.life import live

    started, done, bad = time.monotonic(), 0, 0
    kills = errors = orders = 0
    able = not engine.missing()
    with (
        TemporaryDirectory() as folder,
        engine.running_dynamodb(Path(folder, "log")) if able else nullcontext() as dynamodb,
        Client() as client,
    ):
        for seed in range(first, last + 1):
            if time.monotonic() - started > seconds_max:
                break
            verdict = live(seed, client, dynamodb)
            done += 1
            kills += verdict.kills
            errors += verdict.errors
            orders += verdict.orders
            if verdict.faults:
                bad += 1
                _report(verdict)
            if os.environ.get("DIGESTS"):
                print(f"seed {seed} digest {verdict.digest}", flush=True)
    print(
        f"{done} lives, {orders} orders, {kills} functions killed, {errors} calls failed, "
        f"{bad} ended badly ({time.monotonic() - started:.0f} s)",
        flush=True,
    )
    return 1 if bad else 0


def _report(verdict) -> None:
    print(f"\nseed {verdict.seed} ended badly; SEED={verdict.seed} make torture lives it again")
    if os.environ.get("TRACE"):
        print("\n".join(verdict.trace))
    for fault in verdict.faults:
        print(f"  {fault}")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:])))
