"""Virtual time and seeded chance for a whole process: the same seed lives the same life.

`take_over` comes before anything of the application is imported, since defaults such as
`sleep=time.sleep` are bound when a module is read.
"""

import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.loaders
import time_machine

EPOCH = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
_dice = random.Random()
_real_sleep = time.sleep
_traveller: list[Any] = []


def take_over() -> None:
    """Sleeping moves the clock, ids are drawn from the seed, side by side is one by one.

    The descriptions of AWS's services are read once for all clients: half the time otherwise.
    """
    time.sleep = advance
    secrets.token_bytes = _dice.randbytes
    ThreadPoolExecutor.map = _one_by_one
    botocore.loaders.create_loader = cache(botocore.loaders.create_loader)


@contextmanager
def running(seed: int) -> Iterator[None]:
    """Time starts anew and stands still but for `advance`."""
    _dice.seed(seed)
    random.seed(seed)
    with time_machine.travel(EPOCH, tick=False) as traveller:
        _traveller.append(traveller)
        try:
            yield
        finally:
            _traveller.pop()


def now() -> datetime:
    return datetime.now(UTC)


def advance(seconds: float) -> None:
    if _traveller:
        _traveller[-1].shift(seconds)
    else:
        _real_sleep(seconds)


def _one_by_one(_: object, function: Callable[..., Any], *each: Iterable[Any]) -> list[Any]:
    """What runs side by side in an order that the seed chooses; answers in the asked one."""
    calls = list(enumerate(zip(*each, strict=False)))
    answers = [None] * len(calls)
    for position, arguments in _dice.sample(calls, len(calls)):
        answers[position] = function(*arguments)
    return answers
