"""Finds an order that is not with its customer at the promised time."""

from chalicelib.domain.cancellations import BY_STAFF
from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.orders import Order
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule

_OWED = frozenset({"confirmed", "accepted", "preparing", "ready", "shipped"})
_THERE = frozenset({"delivered", "picked_up", "served", "returned"})


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.promised_at is None or order.status not in _OWED or _kept(order):
        return None
    return evidence.found(
        RULE.name,
        since=order.promised_at + settings.after,
        cause="outside" if order.status == "shipped" else "operation",
        summary=both(
            f"Order {order.number} was promised for {order.promised_at:%H:%M} UTC and is still "
            f"{order.status}.",
            f"订单 {order.number} 承诺于 {order.promised_at:%H:%M} UTC 完成，"
            f"目前仍为 {order.status}。",
        ),
        # What is on its way comes as it comes: there is nothing to choose any more.
        remedies=(Remedy("propose_time"),) if order.status in BY_STAFF else (),
        customer_message=both(
            "Your order is later than we promised; we are sorry. "
            "We are asking the store and will tell you the new time.",
            "非常抱歉，您的订单比承诺的时间晚了。我们正在向门店了解，并会告知您新的时间。",
        ),
    )


def _kept(order: Order) -> bool:
    """What waits at the counter is no longer late; it is the customer's turn."""
    waiting = order.status == "ready" and order.fulfillment.type == "pickup"
    return waiting or order.fulfillment_status in _THERE


RULE = OrderRule("delivery_late", both("Later than promised", "超过承诺时间"), foresee)
