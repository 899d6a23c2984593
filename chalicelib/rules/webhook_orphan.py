"""Finds events of a payment provider that name no order of ours: money that may be nobody's."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrphanEvidence, SubjectRule


def foresee(evidence: OrphanEvidence, settings: RuleSettings) -> Finding | None:
    if evidence.count < (settings.threshold_count or 1):
        return None
    provider, first = evidence.subject.id, ", ".join(evidence.event_ids)
    kinds = ", ".join(evidence.raw_types)
    return evidence.found(
        RULE.name,
        since=evidence.oldest_at,
        cause="outside",
        summary=both(
            f"{evidence.count} event(s) of {provider} for no known order ({kinds}), the oldest of "
            f"{evidence.oldest_at:%Y-%m-%d %H:%M} UTC: {first}. Look them up in its dashboard.",
            f"{provider} 有 {evidence.count} 个事件找不到订单（{kinds}），最早为 "
            f"{evidence.oldest_at:%Y-%m-%d %H:%M} UTC：{first}。请在其后台核对。",
        ),
        remedies=(Remedy("look_up_orphans"),),
    )


RULE = SubjectRule(
    "webhook_orphan", both("Event without an order", "事件无对应订单"), OrphanEvidence, foresee
)
