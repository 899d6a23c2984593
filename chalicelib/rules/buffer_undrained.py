"""Finds orders that were taken under an incident, still waiting long after it was closed."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import BufferEvidence, SubjectRule


def foresee(evidence: BufferEvidence, settings: RuleSettings) -> Finding | None:
    return evidence.found(
        RULE.name,
        since=evidence.closed_at + settings.after,
        cause="system",
        summary=both(
            f"The incident “{evidence.told}” is over, but its orders are not all placed yet: "
            f"about {evidence.waiting} wait in the queues.",
            f"故障“{evidence.told}”已结束，但仍有约 {evidence.waiting} 个订单在队列中等待下单。",
        ),
        remedies=(Remedy("drive_drain"),),
    )


RULE = SubjectRule(
    "buffer_undrained", both("Buffered orders waiting", "缓冲订单未处理"), BufferEvidence, foresee
)
