"""What is wrong with one subject by one rule: the finding, and the case that staff work on.

A rule has one case per subject for ever: it is refreshed while the rule finds something, resolved
when the rule finds nothing, and opened again, with its history, when the trouble comes back.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.domain import alert_history
from chalicelib.domain.alert_history import AlertSent
from chalicelib.domain.errors import Conflict
from chalicelib.domain.ids import derived
from chalicelib.domain.money import Money
from chalicelib.domain.repair_patience import Action
from chalicelib.domain.text import Text
from chalicelib.domain.thresholds import RuleSettings, Severity

CaseStatus = Literal["open", "acknowledged", "resolved"]
Cause = Literal["system", "operation", "communication", "outside"]
SubjectType = Literal[
    "order", "sku", "queue", "function", "store", "provider", "customer", "incident"
]
ActName = Literal[
    "opened", "reopened", "acknowledged", "assigned", "muted", "unmuted", "noted", "repaired",
    "stopped", "resolved",
]  # fmt: skip
RepairOutcome = Literal["done", "failed", "nothing_to_do"]

HISTORY_MAX = 50


class Subject(msgspec.Struct, frozen=True):
    """What the trouble is with. SKUs are a store's, so their case ids include the store."""

    type: SubjectType
    id: str


class Remedy(msgspec.Struct, frozen=True):
    """What would mend a finding: one of the repairs, and what it is about (a payment, a refund).

    More than `limit_minor` it moves only when a person says so.
    """

    action: Action
    target: str = ""
    limit_minor: int | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """That a rule holds for a subject from `since` on, for as long as nothing changes.

    `remedies` are all tried, in their order, whenever a repair is due, or once a person approves
    (`needs_approval`). Where one of them asks the customer, the question says the message:
    `is_asked`.
    """

    rule: str
    subject: Subject
    store_id: str
    since: datetime
    summary: Text
    cause: Cause
    customer_message: Text | None = None
    is_asked: bool = False
    remedies: tuple[Remedy, ...] = ()
    needs_approval: bool = False
    money_at_risk: Money | None = None

    def holds(self, now: datetime) -> bool:
        return self.since <= now

    @property
    def case_id(self) -> str:
        return case_id(self.rule, self.subject, self.store_id)


class RepairRun(msgspec.Struct, frozen=True):
    """`detail` is for people; what others say of a failure is in their words."""

    at: datetime
    action: Action
    outcome: RepairOutcome
    detail: Text | str = ""


class CaseAct(msgspec.Struct, frozen=True):
    """Who did what with a case when; `detail` is a note's text, or whom it was given to."""

    at: datetime
    by: str
    act: ActName
    detail: str = ""


class ExceptionCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as stored. `opening` counts how often it was opened, `count` how often it was seen.

    The functions below change everything but `version`, which the service moves when it saves.
    `alert_level` is how many times staff were called since the opening, `tries` how often a
    repair was begun since then, the last time at `tried_at`.
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
    tried_at: datetime | None = None
    remedies: tuple[Remedy, ...] = ()
    needs_approval: bool = False
    repairs: tuple[RepairRun, ...] = ()
    alerts: tuple[AlertSent, ...] = ()
    log: tuple[CaseAct, ...] = ()
    money_at_risk: Money | None = None

    @property
    def is_resolved(self) -> bool:
        return self.status == "resolved"

    def muted_at(self, now: datetime) -> bool:
        return self.muted_until is not None and now < self.muted_until


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
        needs_approval=finding.needs_approval,
        money_at_risk=finding.money_at_risk,
        log=(CaseAct(now, f"system:{finding.rule}", "opened"),),
    )


def logged(
    case: ExceptionCase, act: ActName, by: str, now: datetime, detail: str = ""
) -> ExceptionCase:
    """The case with one more act in its log."""
    log = (*case.log, CaseAct(now, by, act, detail))[-HISTORY_MAX:]
    return msgspec.structs.replace(case, log=log)


def reopen(
    case: ExceptionCase, finding: Finding, settings: RuleSettings, now: datetime
) -> ExceptionCase:
    """The trouble is back: everyone hears of it anew, the history stays."""
    fresh = open_case(finding, settings, now)
    reopened = msgspec.structs.replace(
        fresh,
        version=case.version,
        count=case.count + 1,
        opening=case.opening + 1,
        assignee=case.assignee,
        muted_until=case.muted_until,
        repairs=case.repairs,
        alerts=case.alerts,
        log=case.log,
    )
    return logged(reopened, "reopened", f"system:{case.rule}", now)


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
        needs_approval=finding.needs_approval,
        money_at_risk=finding.money_at_risk,
    )


def resolve(case: ExceptionCase, by: str, now: datetime) -> ExceptionCase:
    resolved = msgspec.structs.replace(
        case,
        alerts=alert_history.superseded(case.alerts),
        status="resolved",
        resolved_at=now,
        resolved_by=by,
        remedies=(),
        needs_approval=False,
    )
    return logged(resolved, "resolved", by, now)


def acknowledge(case: ExceptionCase, by: str) -> ExceptionCase:
    """Someone has it in hand: no further calls. Once is enough."""
    require_unresolved(case)
    if case.status == "acknowledged":
        return case
    return msgspec.structs.replace(
        case,
        alerts=alert_history.superseded(case.alerts),
        status="acknowledged",
        acknowledged_by=by,
        assignee=case.assignee or by,
    )


def assign(case: ExceptionCase, assignee: str | None) -> ExceptionCase:
    require_unresolved(case)
    return msgspec.structs.replace(case, assignee=assignee)


def mute(case: ExceptionCase, until: datetime | None) -> ExceptionCase:
    """No calls until then; the rule goes on looking. None ends the silence."""
    require_unresolved(case)
    return msgspec.structs.replace(case, muted_until=until)


def require_unresolved(case: ExceptionCase) -> None:
    if case.is_resolved:
        raise Conflict("This case is resolved already.", code="case_resolved")


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
    alerts = alert_history.noted(case.alerts, sent)
    return msgspec.structs.replace(case, alerts=alerts[-HISTORY_MAX:])


def held(case: ExceptionCase, channels: tuple[str, ...], now: datetime) -> ExceptionCase:
    """Called as far as the case goes; the call waits for others to go out with it."""
    return alert_noted(alerted(case, now), alert_history.held(channels, now))
