"""Finds an order that the merchant accepted and that has not moved for too long."""

from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule, both

_STEPS = (
    "order.accepted",
    "order.preparing",
    "order.ready",
    "order.shipped",
    "order.delivered",
    "shipment.updated",
)


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.status not in {"accepted", "preparing", "ready", "shipped"}:
        return None
    moved_at = evidence.last_event_at(*_STEPS) or order.updated_at
    return evidence.found(
        RULE.name,
        since=moved_at + settings.after,
        cause="operation",
        summary=both(
            f"Order {order.number} has been {order.status} since {moved_at:%d %b %H:%M} UTC.",
            f"订单 {order.number} 自 {moved_at:%m-%d %H:%M} UTC 起一直停留在 {order.status}。",
        ),
    )


RULE = OrderRule("state_stalled", both("Order does not move", "订单停滞"), foresee)
