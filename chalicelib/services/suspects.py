"""Customers who fail to pay or order again and again: noticed at their orders, then looked at."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice

from chalicelib.domain.exception_cases import Subject
from chalicelib.rules.base import CustomerEvidence, OrderEvidence, SubjectEvidence
from chalicelib.store import orders as order_table
from chalicelib.store import sweep as table

# Each costs two requests, and one more an order once there is a case; who is not looked at now is
# noticed again at their next failure.
SUSPECTS_A_SWEEP_MAX = 5
_OTHERS_MIN = 3


def suspect_in(evidence: OrderEvidence) -> str | None:
    """Whose order it is, if there is a reason to look at them."""
    order = evidence.order
    failed = any(payment.status == "failed" for payment in evidence.payments)
    if failed or len(evidence.others) >= _OTHERS_MIN:
        return order.customer_id or order.guard_key
    return None


def look(
    known: Iterable[str],
    new: Iterable[str],
    failures: Mapping[str, int],
    window: timedelta,
    now: datetime,
) -> list[SubjectEvidence]:
    """Everyone `known`, who has a case, and some of the `new`.

    `failures` are failed payments by order, where a sweep has just seen the order whole.
    """
    wanted = [(one, True) for one in known]
    wanted += [(one, False) for one in islice(new, SUSPECTS_A_SWEEP_MAX)]
    return [_evidence(one, failures, window, now, whole=whole) for one, whole in wanted]


def _evidence(
    identity: str, failures: Mapping[str, int], window: timedelta, now: datetime, *, whole: bool
) -> CustomerEvidence:
    placed = order_table.load_orders(table.order_ids_of(identity, now - window, now))
    failed = sum(
        _failures(order.order_id)
        if whole and order.order_id not in failures
        else max(failures.get(order.order_id, 0), order.payment_status == "failed")
        for order in placed
    )
    return CustomerEvidence(
        subject=Subject("customer", identity), at=now, orders=len(placed), failed_payments=failed
    )


def _failures(order_id: str) -> int:
    """By the order's log, which a later success does not change."""
    events = order_table.load_file(order_id).events
    return sum(event.type == "payment.failed" for event in events)
