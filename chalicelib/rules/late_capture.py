"""Finds money that is kept for an order that ended without being fulfilled."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import APPROVED_ONLY, OrderEvidence, OrderRule, amount, joined

_GIVEN_BACK = both(
    "Your payment arrived after the order had ended. We are giving all of it back.",
    "您的付款在订单结束后才到账，我们正在全额退款。",
)
_CHECKED_FIRST = both(
    "Your payment arrived after the order had ended. Because of the amount a colleague checks it "
    "first; all of it is given back within one working day.",
    "您的付款在订单结束后才到账。由于金额较大，我们将先行核对，并在一个工作日内全额退款。",
)


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.status not in {"canceled", "rejected"} or order.refundable_minor <= 0:
        return None
    settled = evidence.last_event_at(
        "payment.captured", "order.canceled", "order.rejected", "refund.failed"
    )
    kept = f"{amount(order.refundable_minor, order)} {order.currency}"
    limit = settings.repair_limit_minor
    above = limit is not None and order.refundable_minor > limit
    summary = both(
        f"Order {order.number} is {order.status}, yet {kept} of its money is still here.",
        f"订单 {order.number} 已结束（{order.status}），但仍有 {kept} 未退回。",
    )
    return evidence.found(
        RULE.name,
        since=(settled or order.updated_at) + settings.after,
        cause="communication",
        summary=joined(summary, APPROVED_ONLY) if above else summary,
        customer_message=_CHECKED_FIRST if above else _GIVEN_BACK,
        remedies=(Remedy("refund_surplus", order.order_id, limit),),
        needs_approval=above,
    )


RULE = OrderRule("late_capture", both("Paid after the end", "订单结束后到账"), foresee)
