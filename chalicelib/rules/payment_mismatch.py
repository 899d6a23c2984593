"""Finds money that is not the order's total: taken short, too much, or claimed back by a bank.

A dispute speaks from its first day on, so that the evidence is there in time.
"""

import msgspec

from chalicelib.domain import refunds
from chalicelib.domain.disputes import Dispute
from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule, amount


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    disputed = [dispute for dispute in evidence.disputes if dispute.status == "open"]
    if disputed:
        return _claimed_back(evidence, disputed)
    if unbooked := _in_another_currency(evidence):
        return unbooked
    if order.status in {"canceled", "rejected"} or not order.captured_minor:
        return None
    if unlike := _unlike_the_provider(evidence):
        return unlike
    difference = _difference(order) - _duplicated(evidence)
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


def _in_another_currency(evidence: OrderEvidence) -> Finding | None:
    """Money that nobody asked for so: no book can have it, and people give it back there."""
    given_back = {one.payment_id for one in evidence.refunds if one.status == "succeeded"}
    for event in evidence.events:
        taken, expected = event.data.get("taken"), event.data.get("expected")
        if event.type != "payment.mismatched" or not taken or not expected:
            continue
        payment_id = event.data["payment_id"]
        if taken["currency"] == expected["currency"] or payment_id in given_back:
            continue
        words = msgspec.convert(taken, Money)
        number, provider = evidence.order.number, event.data["provider"]
        return evidence.found(
            RULE.name,
            since=event.at,
            cause="outside",
            summary=both(
                f"Order {number}: {provider} took {words.decimal()} {words.currency} for "
                f"{payment_id}, which was to be paid in {expected['currency']}. Give it back in "
                "its dashboard.",
                f"订单 {number}：{payment_id} 应以 {expected['currency']} 支付，{provider} 实收 "
                f"{words.decimal()} {words.currency}，请在其后台退回。",
            ),
        )
    return None


def _claimed_back(evidence: OrderEvidence, disputed: list[Dispute]) -> Finding:
    order = evidence.order
    claimed = amount(sum(dispute.amount.amount_minor for dispute in disputed), order)
    reason = ", ".join(sorted({dispute.reason or "—" for dispute in disputed}))
    due_at = min((d.evidence_due_at for d in disputed if d.evidence_due_at), default=None)
    until = f"{due_at:%Y-%m-%d %H:%M} UTC" if due_at else "—"
    return evidence.found(
        RULE.name,
        since=min(dispute.opened_at for dispute in disputed),
        cause="outside",
        summary=both(
            f"Order {order.number}: the buyer's bank claims {claimed} {order.currency} back "
            f"({reason}). Answer with evidence at the provider by {until}.",
            f"订单 {order.number}：买家银行发起争议，追回 {claimed} {order.currency}（{reason}）。"
            f"请于 {until} 前在支付机构提交证据。",
        ),
    )


def _unlike_the_provider(evidence: OrderEvidence) -> Finding | None:
    """What the provider's books say about a payment of ours, where that is something else."""
    order = evidence.order
    captured = {one.payment_id: one for one in evidence.payments if one.status == "captured"}
    for record in evidence.records:
        payment = captured.get(record.payment_id)
        if payment is None or len(record.captured) > 1:
            continue  # paid_not_recorded, duplicate_charge
        ours = payment.taken
        theirs = record.captured[0] if record.captured else None
        if theirs == ours and not record.unknown_refunds:
            continue
        words = f"{theirs.decimal()} {theirs.currency}" if theirs else "—"
        unknown = sum(refund.amount.amount_minor for refund in record.unknown_refunds)
        given = Money(unknown, ours.currency).decimal()
        return evidence.found(
            RULE.name,
            since=record.seen_at,
            cause="outside",
            summary=both(
                f"Order {order.number}: the books of {record.provider} have {words} for "
                f"{record.payment_id}, ours {ours.decimal()} {ours.currency}; refunds that we do "
                f"not have: {given}.",
                f"订单 {order.number}：{record.provider} 账上 {record.payment_id} 为 {words}，"
                f"本系统为 {ours.decimal()} {ours.currency}；本系统没有的退款："
                f"{given}。",
            ),
            remedies=(Remedy("ask_provider", record.payment_id),),
        )
    return None


def _duplicated(evidence: OrderEvidence) -> int:
    """What was paid twice is another rule's to give back (`duplicate_charge`)."""
    found = refunds.duplicates(
        evidence.order, evidence.payments, evidence.refunds, evidence.disputes
    )
    return sum(refunds.left_of(one, evidence.refunds, evidence.disputes) for one in found)


def _difference(order: Order) -> int:
    """What was taken over the total; what was given back on purpose is not short."""
    total = order.totals.total.amount_minor
    given_back = order.refunded_minor + order.refund_pending_minor + order.lost_minor
    if given_back:
        return max(0, order.captured_minor - given_back - total)
    return order.captured_minor - total


def _awaits_difference(evidence: OrderEvidence) -> bool:
    """An edited order whose difference is just being paid is no mismatch yet."""
    return evidence.order.pending_edit is not None


RULE = OrderRule("payment_mismatch", both("Amount mismatch", "金额不符"), foresee)
