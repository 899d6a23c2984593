"""What payment providers know that we do not: their events every five minutes, books daily."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import msgspec

from chalicelib.domain.errors import Conflict, DocketError, NotFound
from chalicelib.domain.reconciliations import Reconciliation
from chalicelib.domain.statements import Period
from chalicelib.observability import logger
from chalicelib.providers.base import EventSource, StatementDay, StatementSource
from chalicelib.services import event_pass, payments, statement_match
from chalicelib.services.event_pass import Pass
from chalicelib.store import event_cursors, reconciliations

# A day's books are asked for once they have settled.
_DAY_SETTLES = timedelta(minutes=30)
BY_SCHEDULE = "schedule"
# Fees of payments that were recorded only since, or were too many, are booked by a later match.
_MATCHED_AGAIN = timedelta(hours=1)
_FEES_AT_ONCE = 3000


class Reconciled(msgspec.Struct, kw_only=True):
    passes: list[Pass]
    reports: list[str]


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """How a provider is reconciled: whether it lists events, and where its statements come from."""

    provider: str
    lists_events: bool
    statement: str
    events_read_at: datetime | None


def reconcile(clock: Callable[[], datetime], budget: timedelta) -> Reconciled:
    """Each provider whose credentials are here, one after the other, within the budget."""
    deadline = clock() + budget
    names = list(payments.offered())
    passes = [event_pass.pass_over(name, clock, deadline) for name in names]
    reports = [report for name in names if (report := _match_yesterday(name, clock, deadline))]
    logger.info("reconciled", extra={"passes": msgspec.to_builtins(passes), "reports": reports})
    return Reconciled(passes=passes, reports=reports)


def _match_yesterday(name: str, clock: Callable[[], datetime], deadline: datetime) -> str | None:
    """Once a day, by the first run that finds it not done; who is down has another try."""
    now, source = clock(), payments.provider_named(name)
    if now >= deadline or not isinstance(source, StatementSource):
        return None
    kept = source.statement_day
    written = now.astimezone(UTC) + kept.offset - max(_DAY_SETTLES, kept.written_after)
    day = written.date() - timedelta(days=1)
    if _is_matched(name, day, now):
        return None
    try:
        return match_day(name, day, BY_SCHEDULE, now, fees_max=_FEES_AT_ONCE).reconciliation_id
    except DocketError as error:
        logger.warning("books not matched", extra={"provider": name, "why": error.detail})
        return None


def _is_matched(name: str, day: date, now: datetime) -> bool:
    report = reconciliations.find(reconciliations.id_of(name, day))
    if report is None:
        return False
    return not report.fees_waiting or now - report.created_at < _MATCHED_AGAIN


def match_day(
    name: str,
    day: date,
    requested_by: str,
    now: datetime,
    fees_max: int = statement_match.FEES_AT_ONCE,
) -> Reconciliation:
    """Ask a provider for its books of a day and match them.

    Raises `NotFound` for one that is not here, and `Conflict` when it has no books of that day yet.
    """
    if payments.secrets_of(name) is None:
        raise NotFound("There is no such provider here.", code="provider_not_found")
    source = payments.provider_named(name)
    kept = source.statement_day if isinstance(source, StatementSource) else StatementDay()
    period = day_in(kept.offset, day)
    if kept.written_after and now < period.until + kept.written_after:
        raise Conflict(
            "The company has not written that day's books yet.", code="statement_not_ready"
        )
    statement = statement_match.asked(name, day, period)
    return statement_match.reconcile(statement, requested_by, now, fees_max)


def day_in(offset: timedelta, day: date) -> Period:
    """A calendar day where the clocks are so far ahead of UTC."""
    since = datetime(day.year, day.month, day.day, tzinfo=UTC) - offset
    return Period(since, since + timedelta(days=1))


def covered() -> list[Covered]:
    found = []
    for name in payments.offered():
        provider = payments.provider_named(name)
        cursor = event_cursors.find(name)
        found.append(
            Covered(
                provider=name,
                lists_events=isinstance(provider, EventSource),
                statement="provider" if isinstance(provider, StatementSource) else "file",
                events_read_at=cursor.read_at if cursor else None,
            )
        )
    return found
