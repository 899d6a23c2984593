"""Finds a customer whose payments keep failing, or who orders again and again in a short time."""

from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import CustomerEvidence, SubjectRule


def foresee(evidence: CustomerEvidence, settings: RuleSettings) -> Finding | None:
    failed = evidence.failed_payments >= (settings.threshold_count or 1)
    many = evidence.orders >= (settings.threshold_quantity or 1)
    if not failed and not many:
        return None
    minutes = (settings.threshold_seconds or 0) // 60
    return evidence.found(
        RULE.name,
        cause="outside",
        summary=both(
            f"{evidence.orders} orders and {evidence.failed_payments} failed payments by one "
            f"customer within {minutes} minutes. Look at them before preparing anything.",
            f"同一顾客在 {minutes} 分钟内下单 {evidence.orders} 次、付款失败 "
            f"{evidence.failed_payments} 次，制作前请先核实。",
        ),
    )


RULE = SubjectRule(
    "suspected_fraud", both("Suspected fraud", "疑似欺诈"), CustomerEvidence, foresee
)
