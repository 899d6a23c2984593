"""When the sweep should next look at an order: the sparse index's two keys.

A transition dates the order by what can be told from the order alone, never later than the rules
would; the sweep, which reads the whole file, dates it again exactly.
"""

import hashlib
from datetime import datetime, timedelta

from chalicelib.domain.orders import Order
from chalicelib.domain.thresholds import Thresholds

DUE_SHARDS = 16
# An order that no rule awaits is still looked at daily: it may only leave the index when it ended.
HORIZON = timedelta(days=1)

_UNDELIVERED = frozenset({"confirmed", "accepted", "preparing", "ready", "shipped"})
_WITH_MERCHANT = frozenset({"accepted", "preparing", "ready", "shipped"})


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
    moments = _money(order, thresholds, now)
    if receipts_due:
        moments.append(now + thresholds["outbox_stuck"].after)
    if not order.is_terminal:
        moments += _progress(order, thresholds, now)
    elif order.reserved:
        moments.append(now)
    return min(moments, default=None)


def _money(order: Order, thresholds: Thresholds, now: datetime) -> list[datetime]:
    moments = []
    if order.open_payment_id:
        moments.append(now + thresholds["payment_stale"].after)
    if order.refund_pending_minor:
        moments.append(now + thresholds["refund_stuck"].after)
    if order.payment_status in {"failed", "underpaid", "overpaid", "disputed"}:
        moments.append(now)
    if order.status in {"canceled", "rejected"} and order.refundable_minor > 0:
        moments.append(now)
    return moments


def _progress(order: Order, thresholds: Thresholds, now: datetime) -> list[datetime]:
    moments = [now + HORIZON]
    if order.expires_at:
        moments.append(order.expires_at)
    if order.pending_edit:
        moments.append(order.pending_edit.expires_at)
    if order.status == "placed" and not order.duplicate_meant:
        moments.append(now)
    if order.status == "confirmed":
        since = order.confirmed_at or now
        moments.append(since + thresholds["order_not_returned"].after)
    if order.promised_at and order.status in _UNDELIVERED:
        moments.append(order.promised_at + thresholds["delivery_late"].after)
    if order.status in _WITH_MERCHANT:
        moments.append(now + thresholds["state_stalled"].after)
    return moments
