"""Finds that a scheduled function has not run by its schedule for too long, the sweep above all.

A dead sweep cannot find itself: while it is dead an alarm rings and staff can sweep by hand, and
the first sweep afterwards finds the gap.
"""

from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import FunctionEvidence, SubjectRule


def foresee(evidence: FunctionEvidence, settings: RuleSettings) -> Finding | None:
    if evidence.last_ran_at is None:
        return None
    name, last = evidence.subject.id, evidence.last_ran_at
    minutes = int((evidence.at - last).total_seconds() // 60)
    return evidence.found(
        RULE.name,
        since=last + settings.after,
        cause="system",
        summary=both(
            f"{name} did not run by its schedule for {minutes} minutes after {last:%H:%M:%S} UTC.",
            f"{name} 自 {last:%H:%M:%S} UTC 起有 {minutes} 分钟未按计划运行。",
        ),
    )


RULE = SubjectRule("sweep_missed", both("Sweep missed", "巡检中断"), FunctionEvidence, foresee)
