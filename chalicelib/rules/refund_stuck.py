"""Finds a refund that was promised and has not reached the buyer: not yet, or not at all."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule, amount


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    pending = [refund for refund in evidence.refunds if refund.status == "pending"]
    if not pending:
        return _came_back(evidence)
    oldest = min(pending, key=lambda refund: refund.created_at)
    order = evidence.order
    hindrances = ", ".join(sorted({r.failure_reason for r in pending if r.failure_reason}))
    return evidence.found(
        RULE.name,
        since=oldest.created_at + settings.after,
        cause="outside" if hindrances or oldest.reference else "communication",
        summary=both(
            f"Order {order.number}: {len(pending)} refund(s) pending since "
            f"{oldest.created_at:%H:%M:%S} UTC."
            + (f" The provider waits for you in its console: {hindrances}." if hindrances else ""),
            f"订单 {order.number}：{len(pending)} 笔退款自 {oldest.created_at:%H:%M:%S} UTC "
            "起未完成。" + (f"支付公司后台需人工处理：{hindrances}。" if hindrances else ""),
        ),
        customer_message=both(
            "Your refund takes longer than usual. We ask for it again at least every half hour "
            "and tell you as soon as it is done; there is nothing for you to do.",
            "您的退款比平时慢。我们至少每半小时跟进一次，完成后会立即通知您，您无需任何操作。",
        ),
        remedies=tuple(Remedy("drive_refund", refund.refund_id) for refund in pending),
    )


def _came_back(evidence: OrderEvidence) -> Finding | None:
    """Refused, or returned by the buyer's bank: people find another way. What an order keeps that
    ended is given back again by itself (`late_capture`).
    """
    order = evidence.order
    if missing := _not_there(evidence):
        return missing
    failed = [refund for refund in evidence.refunds if refund.status == "failed"]
    if not failed or not order.failed_refund_minor or order.status in {"canceled", "rejected"}:
        return None
    last = max(failed, key=lambda refund: refund.updated_at)
    kept = f"{amount(order.failed_refund_minor, order)} {order.currency}"
    why = last.failure_reason or "—"
    return evidence.found(
        RULE.name,
        since=last.updated_at,
        cause="outside",
        summary=both(
            f"Order {order.number}: a refund of {kept} did not reach the buyer ({why}). "
            "Give it back again, or by another way.",
            f"订单 {order.number}：{kept} 的退款未能到达买家（{why}），请重新退款或换一种方式。",
        ),
    )


def _not_there(evidence: OrderEvidence) -> Finding | None:
    """Settled in our books, and not in the provider's."""
    given = {one.refund_id: one for one in evidence.refunds if one.status == "succeeded"}
    for record in evidence.records:
        missing = [given[one] for one in record.missing_refund_ids if one in given]
        if missing:
            order = evidence.order
            total = amount(sum(refund.amount.amount_minor for refund in missing), order)
            return evidence.found(
                RULE.name,
                since=record.seen_at,
                cause="outside",
                summary=both(
                    f"Order {order.number}: {record.provider} has no refund of {total} "
                    f"{order.currency} that our books have ({missing[0].refund_id}).",
                    f"订单 {order.number}：本系统已记账的退款 {total} {order.currency}"
                    f"（{missing[0].refund_id}）在 {record.provider} 账上不存在。",
                ),
            )
    return None


RULE = OrderRule("refund_stuck", both("Refund not finished", "退款未完成"), foresee)
