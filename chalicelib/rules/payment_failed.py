"""Finds an order that waits for its money after the payment company said no."""

from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.is_terminal or order.payment_status != "failed":
        return None
    failed = sorted(
        (payment for payment in evidence.payments if payment.status == "failed"),
        key=lambda payment: payment.updated_at,
    )
    count = settings.threshold_count or 1
    if len(failed) < count:
        return None
    reason = failed[-1].failure_reason or "—"
    return evidence.found(
        RULE.name,
        since=failed[count - 1].updated_at,
        cause="outside",
        summary=both(
            f"Order {order.number}: {len(failed)} payment(s) declined, nothing open ({reason}).",
            f"订单 {order.number}：{len(failed)} 次付款被拒，目前无进行中的付款（{reason}）。",
        ),
        customer_message=both(
            "Your payment did not go through and nothing was charged. "
            "You can pay again, or by another method, until the order expires.",
            "付款未成功，未扣款。在订单失效前，您可以重新付款或更换付款方式。",
        ),
    )


RULE = OrderRule("payment_failed", both("Payment failed", "付款失败"), foresee)
