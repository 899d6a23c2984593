"""Finds a SKU of which too little is left to sell."""

from chalicelib.domain.exception_cases import Finding, Subject
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import StockEvidence, StockRule, both


def foresee(evidence: StockEvidence, settings: RuleSettings) -> Finding | None:
    if evidence.available > (settings.threshold_quantity or 1):
        return None
    return Finding(
        rule=RULE.name,
        subject=Subject("sku", evidence.sku),
        store_id=evidence.store_id,
        since=evidence.at,
        cause="operation",
        summary=both(
            f"{evidence.sku} at {evidence.store_id}: {evidence.available} left to sell, "
            f"{evidence.reserved} reserved.",
            f"{evidence.store_id} 的 {evidence.sku}：可售 {evidence.available}，"
            f"已预留 {evidence.reserved}。",
        ),
    )


RULE = StockRule("stock_shortage", both("Stock runs short", "库存不足"), foresee)
