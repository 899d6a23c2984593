"""Whole lives under one seed each: the real handlers, duplicates, delays, poison, deaths."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIVES = 16
HALVES = [(1, LIVES // 2), (LIVES // 2 + 1, LIVES)]


def simulated(first: int, last: int, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: there the clock, the dice and the order of sets are the seed's."""
    command = [sys.executable, "-m", "tests.reliability.simulation", str(first), str(last)]
    known = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=known, capture_output=True, text=True, timeout=500, check=False
    )


@pytest.mark.parametrize(("first", "last"), HALVES)
def test_after_every_storm_the_books_hold_and_nothing_is_owed(first, last):
    run = simulated(first, last)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-4000:]
    assert run.stdout.splitlines()[-1].startswith(f"{last - first + 1} lives, ")


def test_a_seed_lives_the_same_life_again():
    first, again = (simulated(7, 7, DIGESTS="1").stdout.splitlines()[0] for _ in range(2))
    assert first.startswith("seed 7 digest ")
    assert first == again
