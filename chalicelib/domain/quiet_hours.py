"""Hours in which nobody's phone rings, by the clock on somebody's wall."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

ClockTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5)]


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `start` until `end` (over midnight too)."""

    start: ClockTime
    end: ClockTime
    time_zone: str = "UTC"


def is_quiet(hours: QuietHours | None, now: datetime) -> bool:
    """Whether `now` lies within the hours; a start after the end spans midnight."""
    if hours is None:
        return False
    clock = f"{now.astimezone(ZoneInfo(hours.time_zone)):%H:%M}"
    if hours.start <= hours.end:
        return hours.start <= clock < hours.end
    return clock >= hours.start or clock < hours.end


def is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
