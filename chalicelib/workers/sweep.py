"""The sweep each minute, and whenever staff ask for one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.observability import count, observed
from chalicelib.services import sweep
from chalicelib.services.sweep_requests import BUDGET, SOURCE

handlers = Blueprint(__name__)
_SCHEDULED_BUDGET = timedelta(seconds=40)


@handlers.schedule("rate(1 minute)", name="sweep_exceptions")
@observed
def sweep_exceptions(event: CloudWatchEvent) -> Any:
    """The heartbeat comes only from the schedule: a sweep by hand must not hide a dead one."""
    asked = event.source == SOURCE
    counts = sweep.sweep(
        requested_by=str(event.detail["requested_by"]) if asked else sweep.SCHEDULE,
        clock=lambda: datetime.now(UTC),
        budget=BUDGET if asked else _SCHEDULED_BUDGET,
    )
    if not asked:
        count("SweepHeartbeat")
    return msgspec.to_builtins(counts)
