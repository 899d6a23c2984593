"""When scheduled functions last ran by their schedule, so that a gap is found when it is over."""

from datetime import datetime

from chalicelib.store import heartbeats as table
from chalicelib.store.subject_notes import Notes

SWEEP = "sweep_exceptions"


def beat(function: str, now: datetime) -> None:
    table.save_beat(function, now)


def last_beats(notes: Notes) -> dict[str, datetime]:
    """Of every function that ever ran by its schedule."""
    return table.beats_in(notes)
