"""What is wrong with one subject by one rule: the finding, and the case that staff work on.

A rule has one case per subject for ever: it is refreshed while the rule finds something, resolved
when the rule finds nothing, and opened again, with its history, when the trouble comes back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.domain.errors import Conflict
from chalicelib.domain.ids import derived
from chalicelib.domain.text import Text
from chalicelib.domain.thresholds import RuleSettings, Severity

CaseStatus = Literal["open", "acknowledged", "resolved"]
Cause = Literal["system", "operation", "communication", "outside"]
SubjectType = Literal["order", "sku", "queue", "function", "store", "provider", "customer"]
Action = Literal[
    "ask_provider", "expire_order", "drive_refund", "refund_surplus", "deliver_again",
    "mail_merchant", "send_again", "redrive", "recheck_stock", "refund_duplicate",
    "look_up_orphans",
]  # fmt: skip
RepairOutcome = Literal["done", "failed", "nothing_to_do"]

HISTORY_MAX = 50


class Subject(msgspec.Struct, frozen=True):
    """What the trouble is with. SKUs are a store's, so their case ids include the store."""

    type: SubjectType
    id: str


class Remedy(msgspec.Struct, frozen=True):
    """What would mend a finding: one of the repairs, and what it is about (a payment, a refund)."""

    action: Action
    target: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """That a rule holds for a subject from `since` on, for as long as nothing changes.

    `remedies` are all tried, in their order, whenever a repair is due.
    """

    rule: str
    subject: Subject
    store_id: str
    since: datetime
    summary: Text
    cause: Cause
    customer_message: Text | None = None
    remedies: tuple[Remedy, ...] = ()

    def holds(self, now: datetime) -> bool:
        return self.since <= now

    @property
    def case_id(self) -> str:
        return case_id(self.rule, self.subject, self.store_id)


class RepairRun(msgspec.Struct, frozen=True):
    at: datetime
    action: Action
    outcome: RepairOutcome
    detail: str = ""


class AlertSent(msgspec.Struct, frozen=True):
    at: datetime
    channel: str
    outcome: str


class ExceptionCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as stored. `opening` counts how often it was opened, `count` how often it was seen.

    The functions below change everything but `version`, which the service moves when it saves.
    `alert_level` is how many times staff were called since the opening, `tries` how often a
    repair ran since then.
    """

    case_id: str
    rule: str
    severity: Severity
    status: CaseStatus
    subject: Subject
    store_id: str
    summary: Text
    customer_message: Text | None
    cause: Cause
    opened_at: datetime
    last_seen_at: datetime
    version: int = 1
    count: int = 1
    opening: int = 1
    assignee: str | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    muted_until: datetime | None = None
    alert_level: int = 0
    alerted_at: datetime | None = None
    tries: int = 0
    remedies: tuple[Remedy, ...] = ()
    repairs: tuple[RepairRun, ...] = ()
    alerts: tuple[AlertSent, ...] = ()

    @property
    def is_resolved(self) -> bool:
        return self.status == "resolved"

    def muted_at(self, now: datetime) -> bool:
        return self.muted_until is not None and now < self.muted_until


class Waiting(msgspec.Struct, frozen=True):
    """How patiently a repair is tried: `first` after its last run, then doubling, to `longest`."""

    first: timedelta
    longest: timedelta
    tries_max: int

    def before_try(self, tries: int) -> timedelta:
        if tries == 0:
            return timedelta(0)
        doubled: timedelta = self.first * 2 ** min(tries - 1, 20)
        return min(doubled, self.longest)


_PATIENT = Waiting(timedelta(seconds=60), timedelta(minutes=30), 12)
PATIENCE: Mapping[Action, Waiting] = {
    "ask_provider": Waiting(timedelta(seconds=5), timedelta(minutes=5), 60),
    "expire_order": Waiting(timedelta(seconds=5), timedelta(minutes=5), 60),
    "drive_refund": Waiting(timedelta(seconds=15), timedelta(minutes=30), 40),
    "refund_duplicate": Waiting(timedelta(seconds=15), timedelta(minutes=30), 10),
    "look_up_orphans": Waiting(timedelta(minutes=1), timedelta(hours=6), 20),
    "refund_surplus": Waiting(timedelta(seconds=15), timedelta(minutes=30), 10),
    "deliver_again": _PATIENT,
    "mail_merchant": _PATIENT,
    "send_again": Waiting(timedelta(seconds=60), timedelta(minutes=10), 10),
    "recheck_stock": Waiting(timedelta(minutes=1), timedelta(hours=1), 10),
    "redrive": Waiting(timedelta(minutes=20), timedelta(hours=2), 3),
}


def case_id(rule: str, subject: Subject, store_id: str) -> str:
    """The same trouble meets the same case, whoever finds it and however often."""
    scope = (store_id,) if subject.type == "sku" else ()
    return derived("case", rule, subject.type, *scope, subject.id)


def open_case(finding: Finding, settings: RuleSettings, now: datetime) -> ExceptionCase:
    return ExceptionCase(
        case_id=finding.case_id,
        rule=finding.rule,
        severity=settings.severity,
        status="open",
        subject=finding.subject,
        store_id=finding.store_id,
        summary=finding.summary,
        customer_message=finding.customer_message,
        cause=finding.cause,
        opened_at=now,
        last_seen_at=now,
        remedies=finding.remedies,
    )


def reopen(
    case: ExceptionCase, finding: Finding, settings: RuleSettings, now: datetime
) -> ExceptionCase:
    """The trouble is back: everyone hears of it anew, the history stays."""
    fresh = open_case(finding, settings, now)
    return msgspec.structs.replace(
        fresh,
        version=case.version,
        count=case.count + 1,
        opening=case.opening + 1,
        assignee=case.assignee,
        muted_until=case.muted_until,
        repairs=case.repairs,
        alerts=case.alerts,
    )


def see_again(
    case: ExceptionCase, finding: Finding, settings: RuleSettings, now: datetime
) -> ExceptionCase:
    """Still there: what is known about it now, and how bad staff think it is now."""
    return msgspec.structs.replace(
        case,
        count=case.count + 1,
        last_seen_at=now,
        severity=settings.severity,
        summary=finding.summary,
        customer_message=finding.customer_message,
        cause=finding.cause,
        remedies=finding.remedies,
    )


def resolve(case: ExceptionCase, by: str, now: datetime) -> ExceptionCase:
    return msgspec.structs.replace(
        case,
        status="resolved",
        resolved_at=now,
        resolved_by=by,
        remedies=(),
    )


def acknowledge(case: ExceptionCase, by: str) -> ExceptionCase:
    """Someone has it in hand: no further calls. Once is enough."""
    require_unresolved(case)
    if case.status == "acknowledged":
        return case
    return msgspec.structs.replace(
        case,
        status="acknowledged",
        acknowledged_by=by,
        assignee=case.assignee or by,
    )


def assign(case: ExceptionCase, assignee: str | None) -> ExceptionCase:
    require_unresolved(case)
    return msgspec.structs.replace(case, assignee=assignee)


def mute(case: ExceptionCase, until: datetime) -> ExceptionCase:
    """No calls until then; the rule goes on looking."""
    require_unresolved(case)
    return msgspec.structs.replace(case, muted_until=until)


def require_unresolved(case: ExceptionCase) -> None:
    if case.is_resolved:
        raise Conflict("This case is resolved already.", code="case_resolved")


def repaired(case: ExceptionCase, runs: tuple[RepairRun, ...]) -> ExceptionCase:
    return msgspec.structs.replace(
        case, tries=case.tries + 1, repairs=(*case.repairs, *runs)[-HISTORY_MAX:]
    )


def repair_due(case: ExceptionCase, settings: RuleSettings, now: datetime) -> bool:
    """Whether the rule's own repair should run now: allowed, and patient enough since last time."""
    if case.is_resolved or not settings.repair or not case.remedies:
        return False
    waiting = PATIENCE[case.remedies[0].action]
    if case.tries >= waiting.tries_max:
        return False
    last = case.repairs[-1].at if case.repairs and case.tries else case.opened_at
    return now >= last + waiting.before_try(case.tries)


def alert_due(case: ExceptionCase, settings: RuleSettings, now: datetime) -> bool:
    """At the opening, then each `escalate_after_seconds` until someone acknowledges."""
    if case.status != "open" or not settings.channels or case.muted_at(now):
        return False
    if not settings.calls_at(now):
        return False
    if case.alerted_at is None:
        return True
    return now >= case.alerted_at + timedelta(seconds=settings.escalate_after_seconds)


def alerted(case: ExceptionCase, now: datetime) -> ExceptionCase:
    return msgspec.structs.replace(case, alert_level=case.alert_level + 1, alerted_at=now)


def alert_noted(case: ExceptionCase, sent: tuple[AlertSent, ...]) -> ExceptionCase:
    return msgspec.structs.replace(case, alerts=(*case.alerts, *sent)[-HISTORY_MAX:])
