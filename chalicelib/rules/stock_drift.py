"""Finds a SKU whose counters do not add up: with its movements, or with what orders hold of it."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import DriftEvidence, SubjectRule


def foresee(evidence: DriftEvidence, settings: RuleSettings) -> Finding | None:
    if evidence.units < (settings.threshold_quantity or 1):
        return None
    sku, store_id = evidence.subject.id, evidence.store_id
    en = "; ".join(fault["en"] for fault in evidence.faults)
    zh = "；".join(fault["zh-CN"] for fault in evidence.faults)
    return evidence.found(
        RULE.name,
        cause="system",
        summary=both(
            f"{sku} at {store_id} does not add up: {en}.", f"{store_id} 的 {sku} 账目不平：{zh}。"
        ),
        remedies=(Remedy("rebalance_stock", store_id),),
    )


RULE = SubjectRule(
    "stock_drift", both("Stock does not add up", "库存账目不平"), DriftEvidence, foresee
)
