"""Finds an order that was paid for twice: the payment that it did not need is given back."""

from chalicelib.domain import refunds
from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import APPROVED_ONLY, OrderEvidence, OrderRule, amount, joined

_GIVEN_BACK = both(
    "You were charged twice. We are giving the second payment back; there is nothing for you to "
    "do.",
    "您被重复扣款。我们正在退回多收的款项，您无需任何操作。",
)
_CHECKED_FIRST = both(
    "You were charged twice. Because of the amount a colleague checks it first; what was too much "
    "is given back within one working day. There is nothing for you to do.",
    "您被重复扣款。由于金额较大，我们将先行核对，并在一个工作日内退回多收的款项，您无需任何操作。",
)


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.status in {"canceled", "rejected"}:
        return None  # all of it goes back: late_capture
    found = refunds.duplicates(order, evidence.payments, evidence.refunds, evidence.disputes)
    if len(found) < (settings.threshold_count or 1):
        return _charged_twice_at_once(evidence)
    surplus = sum(refunds.left_of(one, evidence.refunds, evidence.disputes) for one in found)
    limit = settings.repair_limit_minor
    above = limit is not None and surplus > limit
    summary = both(
        f"Order {order.number} was paid for {len(found) + 1} times: "
        f"{amount(surplus, order)} {order.currency} too much.",
        f"订单 {order.number} 被重复支付 {len(found) + 1} 次，"
        f"多收 {amount(surplus, order)} {order.currency}。",
    )
    return evidence.found(
        RULE.name,
        since=max(payment.updated_at for payment in found),
        cause="system",
        summary=joined(summary, APPROVED_ONLY) if above else summary,
        customer_message=_CHECKED_FIRST if above else _GIVEN_BACK,
        remedies=tuple(Remedy("refund_duplicate", one.payment_id, limit) for one in found),
        needs_approval=above,
    )


def _charged_twice_at_once(evidence: OrderEvidence) -> Finding | None:
    """One payment of ours, taken more than once by the provider: people settle it there."""
    twice = [record for record in evidence.records if len(record.captured) > 1]
    if not twice:
        return None
    first = min(twice, key=lambda record: record.seen_at)
    order = evidence.order
    return evidence.found(
        RULE.name,
        since=first.seen_at,
        cause="outside",
        summary=both(
            f"Order {order.number}: {first.provider} took the payment {first.payment_id} "
            f"{len(first.captured)} times. Give the rest back in its dashboard.",
            f"订单 {order.number}：{first.provider} 对付款 {first.payment_id} 重复扣款 "
            f"{len(first.captured)} 次，请在其后台退回多余款项。",
        ),
    )


RULE = OrderRule("duplicate_charge", both("Charged twice", "重复扣款"), foresee)
