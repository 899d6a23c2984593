"""Simulates lives by their seeds: `python -m tests.reliability.simulation 1 24`, first and last.

Prints what is wrong with each life that ended badly (all of it with TRACE=1) and a summary; exits
1 if any did. A third argument bounds the seconds.
"""

import os
import sys
import time
from collections.abc import Iterator
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
        again = [sys.executable, "-m", __spec__.parent, *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})
    prepare()
    started = time.monotonic()
    lived = []
    for verdict in lives(range(first, last + 1)):
        lived.append(verdict)
        tell(verdict)
        if time.monotonic() - started > seconds_max:
            break
    bad = sum(bool(verdict.faults) for verdict in lived)
    print(
        f"{len(lived)} lives, {sum(v.orders for v in lived)} orders, "
        f"{sum(v.kills for v in lived)} functions killed, "
        f"{sum(v.errors for v in lived)} calls failed, {bad} ended badly "
        f"({time.monotonic() - started:.0f} s)",
        flush=True,
    )
    return 1 if bad else 0


def prepare() -> None:
    """The process's clock, chance and settings, before anything of the application is read."""
    clock.take_over()
    from tests import environment

    environment.prepare()
    os.environ |= SETTINGS


def lives(seeds: range) -> Iterator:
    """Their verdicts, on AWS's own engine where Java is: it takes half of moto's time."""
    from infra.local import dynamodb_local as engine
    from tests.http import Client
    from tests.reliability.simulation.life import live

    able = not engine.missing()
    with (
        TemporaryDirectory() as folder,
        engine.running_dynamodb(Path(folder, "log")) if able else nullcontext() as dynamodb,
        Client() as client,
    ):
        for seed in seeds:
            yield live(seed, client, dynamodb)


def tell(verdict) -> None:
    if os.environ.get("DIGESTS"):
        print(f"seed {verdict.seed} digest {verdict.digest}", flush=True)
    if os.environ.get("TRACE"):
        print("\n".join(verdict.trace))
    if verdict.faults:
        print(f"\nseed {verdict.seed} ended badly; SEED={verdict.seed} make torture lives it again")
        print("\n".join(f"  {fault}" for fault in verdict.faults), flush=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:])))
