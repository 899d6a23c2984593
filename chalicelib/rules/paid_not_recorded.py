"""Finds money that the provider's books have and ours do not: the provider is asked."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    captured = {one.payment_id for one in evidence.payments if one.status == "captured"}
    unknown = [
        record
        for record in evidence.records
        if record.captured and record.payment_id not in captured
    ]
    if not unknown:
        return None
    first = min(unknown, key=lambda record: record.seen_at)
    order, taken = evidence.order, first.captured[0]
    return evidence.found(
        RULE.name,
        since=first.seen_at + settings.after,
        cause="communication",
        summary=both(
            f"Order {order.number}: {first.provider} took {taken.decimal()} {taken.currency}, and "
            "we have not recorded it.",
            f"订单 {order.number}：{first.provider} 已收款 {taken.decimal()} {taken.currency}，"
            "但系统尚未入账。",
        ),
        customer_message=both(
            "Your payment was made, and we had not heard of it. We are recording it now.",
            "您的付款已完成，但我们此前未收到通知，正在为您入账。",
        ),
        remedies=tuple(Remedy("ask_provider", record.payment_id) for record in unknown),
    )


RULE = OrderRule("paid_not_recorded", both("Paid, not recorded", "已付款未入账"), foresee)
