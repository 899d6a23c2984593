"""Finds those who could not be told: customers, merchants whose mail bounces, e-invoices."""

from collections.abc import Iterator
from datetime import timedelta

from chalicelib.domain.einvoices import EInvoice
from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.receipts import Receipt
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule

# Old news need not be told: afterwards only the order's page counts.
_WORTH_TELLING = timedelta(hours=24)
# Tax platforms take minutes, on a bad day more; it is asked all the while.
_EINVOICE_AFTER = timedelta(minutes=30)


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    """Of both kinds the one that comes first: one case tells people to look at the order."""
    found = [*_untold(evidence, settings), *_without_einvoice(evidence)]
    return min(found, key=lambda finding: finding.since, default=None)


def _untold(evidence: OrderEvidence, settings: RuleSettings) -> Iterator[Finding]:
    order = evidence.order
    failed = sorted(
        receipt.at
        for receipt in evidence.receipts
        if _reached_nobody(receipt) and order.updated_at - receipt.at < _WORTH_TELLING
    )
    count = settings.threshold_count or 1
    if len(failed) < count or (order.is_terminal and order.status == "completed"):
        return
    yield evidence.found(
        RULE.name,
        since=failed[count - 1],
        cause="communication",
        summary=both(
            f"Order {order.number}: {len(failed)} notification(s) reached nobody. "
            "Call the customer if it matters.",
            f"订单 {order.number}：{len(failed)} 条通知未能送达，必要时请电话联系顾客。",
        ),
    )


def _without_einvoice(evidence: OrderEvidence) -> Iterator[Finding]:
    for one in evidence.einvoices:
        if one.state == "rejected":
            yield _rejected(evidence, one)
        elif one.is_open:
            yield _late(evidence, one)


def _rejected(evidence: OrderEvidence, einvoice: EInvoice) -> Finding:
    """The customer was told when it happened."""
    number, why = evidence.order.number, einvoice.message or einvoice.fault or "—"
    return evidence.found(
        RULE.name,
        since=einvoice.ended_at or einvoice.requested_at,
        cause="outside",
        summary=both(
            f"Order {number}: {einvoice.provider} rejected the e-invoice ({einvoice.fault}): "
            f"{why}. Mend it, then request it again.",
            f"订单 {number}：{einvoice.provider} 拒绝开具电子发票（{einvoice.fault}）：{why}。"
            "请更正后重新申请。",
        ),
    )


def _late(evidence: OrderEvidence, einvoice: EInvoice) -> Finding:
    number, since = evidence.order.number, einvoice.requested_at
    return evidence.found(
        RULE.name,
        since=since + _EINVOICE_AFTER,
        cause="outside",
        summary=both(
            f"Order {number}: the e-invoice requested at {einvoice.provider} at "
            f"{since:%H:%M:%S} UTC is not issued yet. It is asked about again and again.",
            f"订单 {number}：{since:%H:%M:%S} UTC 向 {einvoice.provider} 申请的电子发票仍未开具，"
            "系统会继续查询。",
        ),
    )


def _reached_nobody(receipt: Receipt) -> bool:
    """A merchant's silent endpoint is the business of rule `order_not_returned`."""
    given_up = receipt.consumer == "customer" and receipt.outcome == "given_up"
    return given_up or receipt.outcome == "bounced"


RULE = OrderRule("notification_failed", both("Customer not reached", "通知未送达顾客"), foresee)
