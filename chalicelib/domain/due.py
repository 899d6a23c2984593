"""When the sweep should next look at an order: the sparse index's two keys.

A transition dates the order by what can be told from the order alone, never later than the rules
would; the sweep, which reads the whole file, dates it again exactly.
"""

import hashlib
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from chalicelib.domain.orders import Order
from chalicelib.domain.thresholds import Thresholds

DUE_SHARDS = 16
# An order that no rule awaits is still looked at daily: it may only leave the index when it ended.
HORIZON = timedelta(days=1)

_UNDELIVERED = frozenset({"confirmed", "accepted", "preparing", "ready", "shipped"})
_WITH_MERCHANT = frozenset({"accepted", "preparing", "ready", "shipped"})
# These speak of nothing that is not dated below; any other rule may speak at any time.
_DATED = frozenset({
    "payment_failed", "payment_stale", "payment_mismatch", "late_capture", "delivery_late",
    "duplicate_order", "order_not_returned", "state_stalled", "reservation_leaked", "refund_stuck",
    "delivery_failed", "buffer_undrained",
})  # fmt: skip
Moment = tuple[str, datetime]


def due_shard(order_id: str) -> int:
    """Which sixteenth of the index holds the order; the same for ever."""
    return hashlib.sha256(order_id.encode()).digest()[0] % DUE_SHARDS


def earliest_check(
    order: Order, thresholds: Thresholds, now: datetime, *, receipts_due: bool
) -> datetime | None:
    """A lower bound of the moment at which a rule could speak about the order just changed.

    `receipts_due` tells whether someone still owes a receipt for one of its events. None lets the
    order leave the index: it ended, and nothing about it is open.
    """
    moments = [moment for _, moment in _moments(order, thresholds, now)]
    if receipts_due:
        moments.append(now + thresholds["outbox_stuck"].after)
    if not order.is_terminal:
        moments.append(now + HORIZON)
    return min(moments, default=None)


def concerned(order: Order, thresholds: Thresholds, rules: Collection[str], now: datetime) -> bool:
    """Whether one of these rules could speak about the order by now, whenever it last changed."""
    if not _DATED.issuperset(rules):
        return True
    dated = _moments(order, thresholds, order.placed_at)
    return any(rule in rules and moment <= now for rule, moment in dated)


def _moments(order: Order, thresholds: Thresholds, since: datetime) -> Iterator[Moment]:
    """From when each rule could speak, of an order whose last change was not before `since`."""
    yield from _money(order, thresholds, since)
    if order.status == "received":
        yield "buffer_undrained", order.placed_at + thresholds["buffer_undrained"].after
    if not order.is_terminal:
        yield from _progress(order, thresholds, since)
    elif order.reserved:
        yield "reservation_leaked", since


def _money(order: Order, thresholds: Thresholds, since: datetime) -> Iterator[Moment]:
    if order.open_payment_id:
        yield "payment_stale", since + thresholds["payment_stale"].after
    if order.refund_pending_minor:
        yield "refund_stuck", since + thresholds["refund_stuck"].after
    if order.failed_refund_minor:
        yield "refund_stuck", since
    if order.payment_status == "failed":
        yield "payment_failed", since
    undone = order.status in {"canceled", "rejected"}
    if order.captured_minor and order.payment_status != "paid" and not undone:
        yield "payment_mismatch", since
    if order.disputed_minor:
        yield "payment_mismatch", since
    if undone and order.refundable_minor > 0:
        yield "late_capture", since


def _progress(order: Order, thresholds: Thresholds, since: datetime) -> Iterator[Moment]:
    if order.expires_at:
        yield "reservation_leaked", order.expires_at
    if order.pending_edit:
        yield "reservation_leaked", order.pending_edit.expires_at
    if order.status == "placed" and not order.duplicate_meant:
        yield "duplicate_order", since
    if order.status == "confirmed":
        confirmed_at = order.confirmed_at or since
        yield "order_not_returned", confirmed_at + thresholds["order_not_returned"].after
    if order.promised_at and order.status in _UNDELIVERED:
        yield "delivery_late", order.promised_at + thresholds["delivery_late"].after
    if order.fulfillment_status in {"delivery_failed", "returned"}:
        yield "delivery_failed", since
    if order.status in _WITH_MERCHANT:
        yield "state_stalled", since + thresholds["state_stalled"].after
