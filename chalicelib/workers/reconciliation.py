"""Every five minutes: what the payment providers know."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.observability import count, observed
from chalicelib.services import reconciliation

handlers = Blueprint(__name__)
_BUDGET = timedelta(seconds=200)


@handlers.schedule("rate(5 minutes)", name="reconcile_payments")
@observed
def reconcile_payments(event: CloudWatchEvent) -> Any:
    del event
    done = reconciliation.reconcile(lambda: datetime.now(UTC), _BUDGET)
    count("ReconciliationRan")
    return msgspec.to_builtins(done)
