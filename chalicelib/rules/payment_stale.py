"""Finds a payment of which nothing was heard for too long: its provider is asked.

Nothing expires here before its time: the order's expiry is the sweep's own duty, which closes the
payment at the provider first.
"""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.payments import OPEN
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    waiting = [
        payment
        for payment in evidence.payments
        if payment.status in OPEN and payment.provider != "on_site"
    ]
    if not waiting:
        return None
    oldest = min(waiting, key=lambda payment: payment.created_at)
    return evidence.found(
        RULE.name,
        since=oldest.created_at + settings.after,
        cause="communication",
        summary=both(
            f"Order {order.number}: payment at {oldest.provider} open since "
            f"{oldest.created_at:%H:%M:%S} UTC without a word.",
            f"订单 {order.number}：{oldest.provider} 的付款自 {oldest.created_at:%H:%M:%S} UTC "
            "起一直没有结果。",
        ),
        customer_message=both(
            "We are still waiting for word of your payment and are asking the payment company. "
            "If you have paid, there is nothing to do.",
            "我们仍在等待付款结果，正在向支付机构查询。如果您已付款，无需任何操作。",
        ),
        remedies=tuple(Remedy("ask_provider", payment.payment_id) for payment in waiting),
    )


RULE = OrderRule("payment_stale", both("Payment without a result", "付款长时间无结果"), foresee)
