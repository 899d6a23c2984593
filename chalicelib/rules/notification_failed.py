"""Finds a customer who could not be told what happened to their order."""

from datetime import timedelta

from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule, both

# Old news need not be told: afterwards only the order's page counts.
_WORTH_TELLING = timedelta(hours=24)


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    failed = sorted(
        receipt.at
        for receipt in evidence.receipts
        if receipt.consumer == "customer"
        and receipt.outcome == "given_up"
        and order.updated_at - receipt.at < _WORTH_TELLING
    )
    count = settings.threshold_count or 1
    if len(failed) < count or (order.is_terminal and order.status == "completed"):
        return None
    return evidence.found(
        RULE.name,
        since=failed[count - 1],
        cause="communication",
        summary=both(
            f"Order {order.number}: {len(failed)} notification(s) reached nobody. "
            "Call the customer if it matters.",
            f"订单 {order.number}：{len(failed)} 条通知未能送达，必要时请电话联系顾客。",
        ),
    )


RULE = OrderRule("notification_failed", both("Customer not reached", "通知未送达顾客"), foresee)
