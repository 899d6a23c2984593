"""The sweep each minute, and whenever staff ask for one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.domain.identity import Caller
from chalicelib.observability import count, observed
from chalicelib.services import pulse, sweep, sweep_preview
from chalicelib.services.sweep_requests import BUDGET, SOURCE
from chalicelib.services.sweep_run import SweepCounts

handlers = Blueprint(__name__)
_SCHEDULED_BUDGET = timedelta(seconds=40)


@handlers.schedule("rate(1 minute)", name="sweep_exceptions")
@observed
def sweep_exceptions(event: CloudWatchEvent) -> Any:
    """The heartbeat comes only from the schedule: a sweep by hand must not hide a dead one."""
    if event.source == SOURCE:
        return msgspec.to_builtins(_asked_for(event.detail))
    counts = sweep.sweep(sweep.SCHEDULE, _now, _SCHEDULED_BUDGET)
    count("SweepHeartbeat")
    pulse.tick()
    return msgspec.to_builtins(counts)


def _asked_for(asked: dict[str, Any]) -> SweepCounts:
    if not asked.get("dry_run"):
        return sweep.sweep(str(asked["requested_by"]), _now, BUDGET)
    stores = frozenset(asked.get("store_ids", ()))
    caller = Caller(kind="staff", id=str(asked["requested_by"]), store_ids=stores)
    return sweep_preview.preview(caller, _now, BUDGET)


def _now() -> datetime:
    return datetime.now(UTC)
