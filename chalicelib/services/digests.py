"""What staff are told together, as the sweep sends it: held calls, and the day's digests.

All of it rides on the notes that each sweep reads anyway: a sweep at which nothing is due costs
no request more. What was begun and cut short is queued by the next one under the same ids.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.config import settings
from chalicelib.domain import digests as domain
from chalicelib.domain import exception_cases as case_domain
from chalicelib.domain.alerts import DAILY, GATHERED, Alert, alert_of
from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.digests import Daily, Plan, Round
from chalicelib.domain.exception_cases import CaseStatus, ExceptionCase
from chalicelib.domain.ids import derived
from chalicelib.domain.thresholds import RuleSettings, Thresholds
from chalicelib.observability import count
from chalicelib.services import alerts, digest_plans, exception_cases
from chalicelib.services.digest_plans import Place
from chalicelib.store import digests as table
from chalicelib.store import exception_cases as case_table
from chalicelib.store.subject_notes import Notes

PLANS_A_RUN_MAX = 10


def hold(case: ExceptionCase, rule: RuleSettings, now: datetime) -> None:
    """Keep the case's next call for its round, in one write with the case that says so."""
    call = alert_of(case, rule, now)

    def held(present: ExceptionCase) -> ExceptionCase:
        if (present.opening, present.alert_level) != (case.opening, case.alert_level):
            return present  # another sweep was faster
        return case_domain.held(present, rule.channels, now)

    exception_cases.amend(case, held, also=(table.hold(call),))
    count("AlertsHeld")


def send_due(notes: Notes, thresholds: Thresholds, now: datetime) -> None:
    """Queue what was begun before, then whatever is due now."""
    for round_ in table.rounds_out(notes):
        _queue_round(round_)
    for daily in table.dailies_out(notes):
        _queue_daily(daily)
    _send_held(notes, thresholds, now)
    _send_dailies(notes, now)


def _send_held(notes: Notes, thresholds: Thresholds, now: datetime) -> None:
    held, last_ms = table.held_in(notes), table.last_round_ms(notes)
    if not held or (_gathers(last_ms, now) and not any(map(_is_critical, held))):
        return
    wanted = _still_wanted(held, thresholds, now)
    round_ = None
    if wanted:
        round_id = derived("alt", "round", str(last_ms), *(call.alert_id for call in wanted))
        round_ = Round(round_id=round_id, at=now, calls=wanted)
    if table.start_round(round_, held, last_ms, now) and round_ is not None:
        _queue_round(round_)


def _gathers(last_ms: int | None, now: datetime) -> bool:
    gathering_ms = settings().alert_gather_seconds * 1000
    return last_ms is not None and epoch_ms(now) < last_ms + gathering_ms


def _is_critical(call: Alert) -> bool:
    return call.severity == "critical"


def _still_wanted(
    held: Iterable[Alert], thresholds: Thresholds, now: datetime
) -> tuple[Alert, ...]:
    """Nobody is called for what mended itself meanwhile, or is in somebody's hands.

    Nor when case or rule were silenced, or the rule's quiet hours began: the case is called for
    again afterwards.
    """
    newest = {call.case_id: call for call in held}
    cases = case_table.load_cases(newest)
    return tuple(
        call
        for call in newest.values()
        if (case := cases.get(call.case_id)) is not None
        and case.status == "open"
        and case.opening == call.opening
        and not case.muted_at(now)
        and thresholds[case.rule].calls_at(now)
    )


def _queue_round(round_: Round) -> None:
    for name, calls in round_.by_channel().items():
        alerts.call_staff(_together(round_, name, calls))
    table.done("out-round", round_.round_id)


def _together(round_: Round, channel: str, calls: tuple[Alert, ...]) -> Alert:
    """One that waited alone goes out as it is, with the link to its case."""
    if len(calls) == 1:
        return msgspec.structs.replace(calls[0], channels=(channel,))
    title, text = domain.round_words(calls)
    return Alert(
        alert_id=round_.round_id, title=title, text=text, channels=(channel,), at=round_.at,
        kind=GATHERED, case_ids=tuple(call.case_id for call in calls),
    )  # fmt: skip


def _send_dailies(notes: Notes, now: datetime) -> None:
    due = table.due_plans(notes, now)[:PLANS_A_RUN_MAX]
    if not due:
        return
    unresolved = [*_cases_of("open"), *_cases_of("acknowledged")]
    places = digest_plans.places()
    for plan, due_ms in due:
        place = places.get(plan.store_id)
        theirs = [case for case in unresolved if plan.covers(case)]
        daily = _daily(plan, due_ms, place, theirs, now) if place and theirs else None
        next_at = plan.next_at(place.time_zone, now) if place else None
        sent = msgspec.structs.replace(plan, last_at=now if daily else plan.last_at)
        if table.send_daily(sent, next_at, daily) and daily:
            _queue_daily(daily)


def _daily(
    plan: Plan, due_ms: int, place: Place, cases: list[ExceptionCase], now: datetime
) -> Daily:
    title, text = domain.daily_words(place.name, place.time_zone, cases, now)
    return Daily(
        digest_id=derived("alt", "daily", plan.store_id, str(due_ms)), title=title, text=text,
        store_id=plan.store_id, at=now, channels=plan.channels, staff=plan.staff,
    )  # fmt: skip


def _cases_of(status: CaseStatus) -> list[ExceptionCase]:
    return list(case_table.cases_of(status))


def _queue_daily(daily: Daily) -> None:
    """To the stage's channels, and to each reader by their own addresses.

    All under one id: an address that stands in a list and in a profile gets it once.
    """
    plain = Alert(
        alert_id=daily.digest_id, title=daily.title, text=daily.text, channels=daily.channels,
        at=daily.at, kind=DAILY, store_id=daily.store_id,
    )  # fmt: skip
    if daily.channels:
        alerts.call_staff(plain)
    for staff_id, channels in daily.staff.items():
        alerts.call_staff(msgspec.structs.replace(plain, channels=channels, staff_id=staff_id))
    table.done("out-daily", daily.digest_id)
