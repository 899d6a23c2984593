"""When scheduled functions last ran by their schedule, so that a gap is found when it is over."""

from datetime import datetime

from chalicelib.store import heartbeats as table

SWEEP = "sweep_exceptions"


def beat(function: str, now: datetime) -> None:
    table.save_beat(function, now)


def last_beats() -> dict[str, datetime]:
    """Of every function that ever ran by its schedule."""
    return table.load_beats()
