"""Finds a SKU whose counters do not add up: with its movements, or with what orders hold of it."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import DriftEvidence, SubjectRule


def foresee(evidence: DriftEvidence, settings: RuleSettings) -> Finding | None:
    if evidence.units < (settings.threshold_quantity or 1):
        return None
    sku, why = evidence.subject.id, "; ".join(evidence.details)
    return evidence.found(
        RULE.name,
        cause="system",
        summary=both(
            f"{sku} at {evidence.store_id} does not add up: {why}. Count it.",
            f"{evidence.store_id} 的 {sku} 账目不平：{why}。请盘点。",
        ),
        remedies=(Remedy("recheck_stock", evidence.store_id),),
    )


RULE = SubjectRule(
    "stock_drift", both("Stock does not add up", "库存账目不平"), DriftEvidence, foresee
)
