"""Finds money that is not the order's total: taken short, or taken too much."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule, both


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.status in {"canceled", "rejected"} or not order.captured_minor:
        return None
    if order.refunded_minor or order.refund_pending_minor:
        # Money given back on purpose makes no mismatch; what was taken is compared as a whole.
        difference = max(
            0,
            order.captured_minor
            - order.refunded_minor
            - order.refund_pending_minor
            - order.totals.total.amount_minor,
        )
    else:
        difference = order.captured_minor - order.totals.total.amount_minor
    if abs(difference) < (settings.threshold_amount_minor or 1) or _awaits_difference(evidence):
        return None
    captured = [payment for payment in evidence.payments if payment.status == "captured"]
    return evidence.found(
        RULE.name,
        since=evidence.last_event_at("payment.captured", "order.changed") or order.updated_at,
        cause="outside" if difference < 0 else "system",
        summary=both(
            f"Order {order.number}: {order.captured_minor} {order.currency} (minor units) taken, "
            f"{order.totals.total.amount_minor} due; difference {difference:+d}.",
            f"订单 {order.number}：已收 {order.captured_minor} {order.currency}（最小货币单位），"
            f"应收 {order.totals.total.amount_minor}；差额 {difference:+d}。",
        ),
        customer_message=both(
            "The amount that we received is not your order's total. "
            "We are checking it and will come back to you today.",
            "我们收到的金额与订单总额不一致，正在核对，今天内会答复您。",
        ),
        remedies=tuple(Remedy("ask_provider", payment.payment_id) for payment in captured),
    )


def _awaits_difference(evidence: OrderEvidence) -> bool:
    """An edited order whose difference is just being paid is no mismatch yet."""
    return evidence.order.pending_edit is not None


RULE = OrderRule("payment_mismatch", both("Amount mismatch", "金额不符"), foresee)
