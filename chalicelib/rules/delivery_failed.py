"""Finds an order that its carrier could not hand over, or brought back."""

from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.text import Text, both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule

_SAID: dict[str, Text] = {
    "delivery_failed": both("the carrier could not hand it over", "承运方派送失败"),
    "returned": both("the carrier brought it back", "承运方已退回包裹"),
}


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.is_terminal or order.fulfillment_status not in _SAID:
        return None
    tries = [
        event
        for event in evidence.events
        if event.type == "shipment.updated" and event.data.get("status") in _SAID
    ]
    if len(tries) < (settings.threshold_count or 1):
        return None
    said = _SAID[order.fulfillment_status]
    return evidence.found(
        RULE.name,
        since=tries[-1].at,
        cause="outside",
        summary=both(
            f"Order {order.number}: {said['en']} ({len(tries)}). Send it again, or cancel it.",
            f"订单 {order.number}：{said['zh-CN']}（{len(tries)} 次）。请重新派送，或取消并退款。",
        ),
        customer_message=both(
            "The courier could not hand over your order. The store is arranging the next step "
            "and you will hear its time. Please check your address and phone number.",
            "快递员未能送达您的订单。门店正在安排下一步，并会告知您新的时间。请核对您的地址和电话。",
        ),
    )


RULE = OrderRule("delivery_failed", both("Delivery failed", "派送失败"), foresee)
