"""The sweep each minute, and whenever staff ask for one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.observability import count, observed
from chalicelib.services import pulse, sweep, sweep_preview
from chalicelib.services.sweep_requests import BUDGET, SOURCE

handlers = Blueprint(__name__)
_SCHEDULED_BUDGET = timedelta(seconds=40)


@handlers.schedule("rate(1 minute)", name="sweep_exceptions")
@observed
def sweep_exceptions(event: CloudWatchEvent) -> Any:
    """The heartbeat comes only from the schedule: a sweep by hand must not hide a dead one."""
    if event.source == SOURCE:
        run = sweep_preview.preview if event.detail.get("dry_run") else sweep.sweep
        return msgspec.to_builtins(run(str(event.detail["requested_by"]), _now, BUDGET))
    counts = sweep.sweep(sweep.SCHEDULE, _now, _SCHEDULED_BUDGET)
    count("SweepHeartbeat")
    pulse.tick()
    return msgspec.to_builtins(counts)


def _now() -> datetime:
    return datetime.now(UTC)
