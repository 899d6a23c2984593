"""Finds an order that the merchant accepted and that has not moved for too long.

Acknowledged and not acted on: the merchant is asked to look, and the customer hears why nothing
comes. One that was ordered for a later time stands still by right until then.
"""

from chalicelib.domain.exception_cases import Cause, Finding, Remedy
from chalicelib.domain.merchant_mails import NOT_MOVING
from chalicelib.domain.orders import Order
from chalicelib.domain.text import Text, both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule

_STEPS = (
    "order.accepted",
    "order.preparing",
    "order.ready",
    "order.shipped",
    "order.delivered",
    "shipment.updated",
)
_AT_THE_STORE = both(
    "The store has accepted your order and has not told us of progress for a while. We have asked "
    "them to look; you need not do anything.",
    "门店已接单，但有一段时间没有更新进度。我们已催促门店处理，您无需操作。",
)
_WAITS_FOR_YOU = both(
    "Your order is ready and waits for you. If you have it already, there is nothing to do.",
    "您的订单已备好，等待领取。如已领取，请忽略本提醒。",
)
_ON_ITS_WAY = both(
    "Your order is on its way, but we have heard nothing of it for a while. We have asked the "
    "store to find out where it is.",
    "您的订单已发出，但有一段时间没有物流更新。我们已请门店查询。",
)


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.status not in {"accepted", "preparing", "ready", "shipped"}:
        return None
    moved_at = evidence.last_event_at(*_STEPS) or order.updated_at
    cause, told = _why(order)
    return evidence.found(
        RULE.name,
        since=max(moved_at + settings.after, order.fulfillment.requested_at or moved_at),
        cause=cause,
        summary=both(
            f"Order {order.number} has been {order.status} since {moved_at:%d %b %H:%M} UTC.",
            f"订单 {order.number} 自 {moved_at:%m-%d %H:%M} UTC 起一直停留在 {order.status}。",
        ),
        customer_message=told,
        remedies=(Remedy("remind_merchant", NOT_MOVING),),
    )


def _why(order: Order) -> tuple[Cause, Text]:
    """Whose turn it is, and what the customer is told."""
    if order.status == "shipped":
        return "outside", _ON_ITS_WAY
    if order.status == "ready" and order.fulfillment.type != "delivery":
        return "outside", _WAITS_FOR_YOU
    return "operation", _AT_THE_STORE


RULE = OrderRule("state_stalled", both("Order does not move", "订单停滞"), foresee)
