"""Finds money that is not the order's total: taken short, or taken too much."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.orders import Order
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule, amount, both


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.status in {"canceled", "rejected"} or not order.captured_minor:
        return None
    difference = _difference(order)
    if abs(difference) < (settings.threshold_amount_minor or 1) or _awaits_difference(evidence):
        return None
    taken, total = amount(order.captured_minor, order), order.totals.total.decimal()
    captured = [payment for payment in evidence.payments if payment.status == "captured"]
    return evidence.found(
        RULE.name,
        since=evidence.last_event_at("payment.captured", "order.changed") or order.updated_at,
        cause="outside" if difference < 0 else "system",
        summary=both(
            f"Order {order.number}: {taken} {order.currency} taken of {total}, "
            f"{amount(abs(difference), order)} too {'little' if difference < 0 else 'much'}.",
            f"订单 {order.number}：应收 {total} {order.currency}，实收 {taken}，"
            f"{'少' if difference < 0 else '多'}收 {amount(abs(difference), order)}。",
        ),
        customer_message=both(
            "The amount that we received is not your order's total. "
            "We are checking it and will come back to you today.",
            "我们收到的金额与订单总额不一致，正在核对，今天内会答复您。",
        ),
        remedies=tuple(Remedy("ask_provider", payment.payment_id) for payment in captured),
    )


def _difference(order: Order) -> int:
    """What was taken over the total; what was given back on purpose is not short."""
    total = order.totals.total.amount_minor
    given_back = order.refunded_minor + order.refund_pending_minor
    if given_back:
        return max(0, order.captured_minor - given_back - total)
    return order.captured_minor - total


def _awaits_difference(evidence: OrderEvidence) -> bool:
    """An edited order whose difference is just being paid is no mismatch yet."""
    return evidence.order.pending_edit is not None


RULE = OrderRule("payment_mismatch", both("Amount mismatch", "金额不符"), foresee)
