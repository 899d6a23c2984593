"""Finds messages that a consumer gave up: they lie in a queue where nobody would look."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import QueueEvidence, SubjectRule


def foresee(evidence: QueueEvidence, settings: RuleSettings) -> Finding | None:
    if evidence.messages < (settings.threshold_count or 1):
        return None
    queue, messages = evidence.subject.id, evidence.messages
    return evidence.found(
        RULE.name,
        cause="system",
        summary=both(
            f"{messages} given up in the queue {queue}.",
            f"队列 {queue} 中有 {messages} 条消息处理失败。",
        ),
        remedies=(Remedy("redrive"),) if evidence.can_go_back else (),
    )


RULE = SubjectRule(
    "dead_letters", both("Messages given up", "消息处理失败"), QueueEvidence, foresee
)
