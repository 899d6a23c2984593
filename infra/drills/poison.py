"""The drill of messages that nobody can read, on the bad day: in every queue, among good ones.

They come shortly before the database is back, so that their queues' dead letters hold both: what
nobody will ever read, and what only failed while there was no database.
"""

import time
from typing import Any

from infra.drills.faults import SWEPT_SECONDS, Day
from infra.drills.people import fresh, until
from infra.drills.shop import Shop
from infra.drills.stage import QUEUES
from infra.drills.tally import Drill

POISONS = 2
# Long enough to be received five times while the database is still down.
AHEAD_SECONDS = 150


def poison(day: Day) -> Drill:
    """Out of the way of good messages soon, a case about them, an operator's turn."""
    time.sleep(max(day.down_seconds - AHEAD_SECONDS, 0))
    drill = Drill("poison messages", injected=POISONS * len(QUEUES))
    began = time.monotonic()
    texts = {queue: {fresh("poison") for _ in range(POISONS)} for queue in QUEUES}
    for queue, mine in texts.items():
        for text in mine:
            day.stage.put_poison(queue, text)
            day.poison.add(text)
    for queue, mine in texts.items():
        _await_case(day.shop, queue)
        drill.found += [time.monotonic() - began] * POISONS
        left = _put_aside(day, queue, mine, began + 3 * SWEPT_SECONDS)
        drill.lost += sorted(left)
        drill.repaired += [time.monotonic() - began] * (POISONS - len(left))
    return drill


def _await_case(shop: Shop, queue: str) -> Any:
    name = f"{queue}-dlq"
    return until(lambda: shop.case_of("dead_letters", name), 2 * SWEPT_SECONDS, f"a case of {name}")


def _put_aside(day: Day, queue: str, poison: set[str], ends: float) -> set[str]:
    """What is left of it, if anything. A repair may give it another chance first."""
    left = set(poison)
    while left and time.monotonic() < ends:
        left -= day.stage.put_aside(queue, poison)
        time.sleep(1)
    return left
