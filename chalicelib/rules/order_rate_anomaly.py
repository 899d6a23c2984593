"""Finds a store that gets far more or far fewer orders than at the same hours of the days before.

Everything green and nothing sold is an outage that no other rule can see.
"""

from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import RateEvidence, SubjectRule

# Fewer days say too little about a usual hour.
DAYS_MIN = 3
_MANY, _FEW = 3, 0.2


def foresee(evidence: RateEvidence, settings: RuleSettings) -> Finding | None:
    if len(evidence.before) < DAYS_MIN:
        return None
    usual = sum(evidence.before) / len(evidence.before)
    if abs(evidence.orders - usual) < (settings.threshold_count or 1):
        return None
    if _FEW * usual < evidence.orders < _MANY * usual:
        return None
    store, since = evidence.subject.id, f"{evidence.began_at:%H:%M}"
    return evidence.found(
        RULE.name,
        cause="outside" if evidence.orders > usual else "system",
        summary=both(
            f"{store}: {evidence.orders} orders in the window from {since} UTC, "
            f"usually about {usual:.0f}.",
            f"{store}：{since} UTC 起的时段内有 {evidence.orders} 单，平时约 {usual:.0f} 单。",
        ),
    )


RULE = SubjectRule(
    "order_rate_anomaly", both("Unusual number of orders", "订单量异常"), RateEvidence, foresee
)
