"""What staff do with a case: take it, hand it on, mend it, close it, silence it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import msgspec

from chalicelib.domain import exception_cases as domain
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import Conflict, FieldError, InvalidInput, Stale, Unavailable
from chalicelib.domain.exception_cases import CaseAct, ExceptionCase, Finding
from chalicelib.domain.identity import Caller
from chalicelib.domain.orders import Order
from chalicelib.domain.thresholds import Thresholds
from chalicelib.rules.base import StockEvidence
from chalicelib.services import (
    case_work,
    evidence,
    exception_cases,
    orders,
    orphans,
    rules,
    subjects,
)
from chalicelib.store import rules as rule_table
from chalicelib.store import stock_levels

ActionName = Literal["acknowledge", "assign", "repair", "resolve", "mute", "unmute"]
MUTED_FOR = timedelta(hours=1)
MUTED_FOR_MAX = timedelta(days=30)
_TRIES_MAX = 4
Check = Callable[[ExceptionCase], None]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """`assignee` of None takes the case from everyone; `until` is for muting."""

    action: ActionName
    assignee: str | None = None
    until: datetime | None = None


def act(
    case_id: str, wish: Wish, caller: Caller, now: datetime, check: Check = lambda _: None
) -> ExceptionCase:
    """Carry out one act. `check` may refuse the version seen.

    Raises `Conflict` `case_resolved`, `case_still_found` or `case_has_no_repair`.
    """
    case = exception_cases.load_for(caller, case_id)
    check(case)
    if wish.action == "acknowledge":
        taken = partial(domain.acknowledge, by=caller.id)
        return _done(case, taken, CaseAct(now, caller.id, "acknowledged"))
    if wish.action == "assign":
        given = partial(domain.assign, assignee=wish.assignee)
        return _done(case, given, CaseAct(now, caller.id, "assigned", wish.assignee or ""))
    if wish.action == "mute":
        until = _muted_until(wish.until, now)
        muted = partial(domain.mute, until=until)
        return _done(case, muted, CaseAct(now, caller.id, "muted", rfc3339(until)))
    if wish.action == "unmute":
        return _done(case, partial(domain.mute, until=None), CaseAct(now, caller.id, "unmuted"))
    domain.require_unresolved(case)
    if wish.action == "repair":
        return _repair(case, caller, now)
    return _resolve(case, caller, now)


def note(case_id: str, text: str, caller: Caller, now: datetime) -> ExceptionCase:
    """What one member of staff tells the next about the case."""
    case = exception_cases.load_for(caller, case_id)
    return _done(case, lambda c: c, CaseAct(now, caller.id, "noted", text), always=True)


def _done(
    case: ExceptionCase,
    change: Callable[[ExceptionCase], ExceptionCase],
    act: CaseAct,
    *,
    always: bool = False,
) -> ExceptionCase:
    """Change the case and note who did it; what changes nothing is not noted."""

    def changed(present: ExceptionCase) -> ExceptionCase:
        after = change(present)
        if after == present and not always:
            return present
        return domain.logged(after, act.act, act.by, act.at, act.detail)

    return exception_cases.amend(case, changed)


def _muted_until(until: datetime | None, now: datetime) -> datetime:
    until = until or now + MUTED_FOR
    if not now < until <= now + MUTED_FOR_MAX:
        raise InvalidInput(
            "A case is muted for some time, 30 days at most.",
            errors=[FieldError("/until", "Not within the next 30 days.")],
        )
    return until


def _repair(case: ExceptionCase, caller: Caller, now: datetime) -> ExceptionCase:
    """Now, however patient the rule would be; resolved at once if that was all.

    Of what needs approval this is it.
    """
    if not case.remedies:
        raise Conflict("Nobody but people can mend this.", code="case_has_no_repair")
    approved_by = orders.actor_of(caller) if case.needs_approval else None
    case, outcomes = case_work.repair_by_hand(case, now, approved_by)
    case = _done(case, lambda c: c, CaseAct(now, caller.id, "repaired"), always=True)
    if "done" not in outcomes:
        return case
    try:
        return _resolve_if_gone(case, caller, now)
    except Conflict:
        return exception_cases.load_for(caller, case.case_id)


def _resolve(case: ExceptionCase, caller: Caller, now: datetime) -> ExceptionCase:
    if case.rule == "webhook_orphan":  # only people can say that an event is none of ours
        orphans.dismiss(case.subject.id)
    return _resolve_if_gone(case, caller, now)


def _resolve_if_gone(case: ExceptionCase, caller: Caller, now: datetime) -> ExceptionCase:
    for _ in range(_TRIES_MAX):
        finding, order = _looked_again(case, now)
        if finding is not None:
            raise Conflict(
                "The rule still finds this; it resolves by itself when the cause is gone.",
                code="case_still_found",
                summary=finding.summary,
                since=finding.since,
            )
        try:
            exception_cases.resolve(case.case_id, orders.actor_of(caller), order, now)
        except Stale:
            continue
        return exception_cases.load_for(caller, case.case_id)
    raise Unavailable("The case is busy; try again.")


def _looked_again(case: ExceptionCase, now: datetime) -> tuple[Finding | None, Order | None]:
    thresholds = rules.thresholds_of(rule_table.load_rules())
    if evidence.is_about_subjects(case.rule):
        found = subjects.judge_one(case.rule, case.subject, case.store_id, thresholds, now)
        return found, None
    if case.subject.type == "sku":
        return _short(case, thresholds, now), None
    known = evidence.load(case.subject.id, thresholds)
    if known is None:
        return None, None
    return evidence.find(case.rule, known, thresholds, now), known.order


def _short(case: ExceptionCase, thresholds: Thresholds, now: datetime) -> Finding | None:
    level = stock_levels.find_levels(case.store_id, [case.subject.id]).get(case.subject.id)
    if level is None:
        return None
    seen = StockEvidence(
        store_id=case.store_id,
        sku=level.sku,
        available=level.sellable,
        reserved=level.reserved,
        missing=level.shortfall,
        at=now,
    )
    found = evidence.judge_stock([seen], thresholds)
    return next((one for one in found if one.rule == case.rule), None)
