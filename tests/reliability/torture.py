"""`make torture`: all crash points, pairs of them, and thousands of simulated lives.

`SEED=17` lives one life again and prints all of it. Otherwise LIVES, PAIRS (a scenario), MINUTES
and JOBS bound the whole; FIRST is the first seed, new each time when it is not given.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CRASHES = sorted(map(str, (ROOT / "tests/reliability").glob("test_*crash*.py")))
SIMULATION = [sys.executable, "-m", "tests.reliability.simulation"]
CHUNK = 20


class Bounds(NamedTuple):
    lives: int
    pairs: int
    minutes: float
    jobs: int
    first: int

    @classmethod
    def asked(cls) -> "Bounds":
        def number(name: str, default: int) -> int:
            return int(os.environ.get(name) or default)

        first = int(time.time()) % 1_000_000 * 1000
        return cls(
            lives=number("LIVES", 2000), pairs=number("PAIRS", 60), jobs=number("JOBS", 2),
            minutes=number("MINUTES", 120), first=number("FIRST", first),
        )  # fmt: skip


def main() -> int:
    seed = os.environ.get("SEED", "")
    if seed.isdigit():
        return subprocess.call([*SIMULATION, seed, seed], cwd=ROOT, env=os.environ | {"TRACE": "1"})
    bounds, started = Bounds.asked(), time.monotonic()
    print(f"{bounds.lives} lives from seed {bounds.first}, within {bounds.minutes:g} minutes")
    crashed = crash_points(bounds)
    lived, bad = lives(bounds, started + bounds.minutes * 60)
    minutes = (time.monotonic() - started) / 60
    failed = "yes" if crashed else "no"
    print(f"crash_points_failed={failed} lives={lived} bad={bad} minutes={minutes:.1f}")
    return 1 if crashed or bad else 0


def crash_points(bounds: Bounds) -> int:
    """Every point and some pairs, by the tests that hold the single ones."""
    print(f"Every crash point, and {bounds.pairs} pairs of each scenario:", flush=True)
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *CRASHES]
    environment = os.environ | {"CRASH_PAIRS": str(bounds.pairs)}
    return subprocess.call(command, cwd=ROOT, env=environment)


def lives(bounds: Bounds, ends: float) -> tuple[int, int]:
    """How many were lived in the time, and how many of them ended badly."""
    lived = bad = 0
    with ThreadPoolExecutor(bounds.jobs) as pool:
        for answer in as_completed([pool.submit(chunk, *c, ends) for c in chunks(bounds)]):
            done, wrong, said = answer.result()
            lived, bad = lived + done, bad + wrong
            if wrong:
                print(said)
            print(f"{lived} of {bounds.lives} lives, {bad} ended badly", flush=True)
    return lived, bad


def chunks(bounds: Bounds) -> Iterator[tuple[int, int]]:
    end = bounds.first + bounds.lives
    for first in range(bounds.first, end, CHUNK):
        yield first, min(first + CHUNK, end) - 1


def chunk(first: int, last: int, ends: float) -> tuple[int, int, str]:
    """How many lives, how many of them bad, and what was said about it."""
    seconds = ends - time.monotonic()
    if seconds <= 0:
        return 0, 0, ""
    command = [*SIMULATION, str(first), str(last), str(seconds)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = run.stdout + run.stderr
    if run.returncode not in {0, 1} or " lives, " not in run.stdout:
        return 1, 1, f"seeds {first} to {last} broke off:\n{said}"
    summary = run.stdout.splitlines()[-1].split()
    return int(summary[0]), run.stdout.count(" ended badly; SEED="), said


if __name__ == "__main__":
    sys.exit(main())
