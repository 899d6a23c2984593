"""Finds money that is kept for an order that ended without being fulfilled."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule, amount, both


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.status not in {"canceled", "rejected"} or order.refundable_minor <= 0:
        return None
    settled = evidence.last_event_at(
        "payment.captured", "order.canceled", "order.rejected", "refund.failed"
    )
    kept = f"{amount(order.refundable_minor, order)} {order.currency}"
    return evidence.found(
        RULE.name,
        since=(settled or order.updated_at) + settings.after,
        cause="communication",
        summary=both(
            f"Order {order.number} is {order.status}, yet {kept} of its money is still here.",
            f"订单 {order.number} 已结束（{order.status}），但仍有 {kept} 未退回。",
        ),
        customer_message=both(
            "Your payment arrived after the order had ended. We are giving all of it back.",
            "您的付款在订单结束后才到账，我们正在全额退款。",
        ),
        remedies=(Remedy("refund_surplus", order.order_id),),
    )


RULE = OrderRule("late_capture", both("Paid after the end", "订单结束后到账"), foresee)
