"""Customers who fail to pay or order again and again: noticed at their orders, then looked at."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from chalicelib.domain.exception_cases import Subject
from chalicelib.rules.base import CustomerEvidence, OrderEvidence, SubjectEvidence
from chalicelib.store import orders as order_table
from chalicelib.store import sweep as table

# Each costs two requests; who is not looked at now is noticed again at their next failure.
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
    whose: Iterable[str], failures: Mapping[str, int], window: timedelta, now: datetime
) -> list[SubjectEvidence]:
    """`failures` are failed payments by order, where a sweep has just seen the order whole."""
    return [_evidence(one, failures, window, now) for one in list(whose)[:SUSPECTS_A_SWEEP_MAX]]


def _evidence(
    identity: str, failures: Mapping[str, int], window: timedelta, now: datetime
) -> CustomerEvidence:
    placed = order_table.load_orders(table.order_ids_of(identity, now - window, now))
    failed = sum(
        max(failures.get(order.order_id, 0), order.payment_status == "failed") for order in placed
    )
    return CustomerEvidence(
        subject=Subject("customer", identity), at=now, orders=len(placed), failed_payments=failed
    )
