"""What is done about a case: its repair, in patience, and the call of staff."""

from datetime import datetime

import msgspec

from chalicelib.domain import case_repairs
from chalicelib.domain import exception_cases as domain
from chalicelib.domain.alerts import alert_of
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.exception_cases import ExceptionCase, RepairOutcome
from chalicelib.domain.orders import Actor
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.observability import logger
from chalicelib.services import alerts, digests, exception_cases, repairs

wants_repair = case_repairs.repair_due


def repair(case: ExceptionCase, now: datetime) -> tuple[ExceptionCase, set[RepairOutcome]]:
    """Carry out what the rule suggests and note what came of it.

    The try is noted first, on the case as it was read: of two sweeps one repairs. Raises `Stale`
    for the other.
    """
    return _mended(exception_cases.save(case_repairs.begun(case, now)), now)


def repair_by_hand(
    case: ExceptionCase, now: datetime, approved_by: Actor | None
) -> tuple[ExceptionCase, set[RepairOutcome]]:
    """As `repair`, whoever else is at the case."""
    begun = exception_cases.amend(case, lambda present: case_repairs.begun(present, now))
    return _mended(begun, now, approved_by)


def _mended(
    case: ExceptionCase, now: datetime, approved_by: Actor | None = None
) -> tuple[ExceptionCase, set[RepairOutcome]]:
    runs = repairs.mend(case.remedies, case.subject, case.rule, now, approved_by)
    noted = exception_cases.amend(case, lambda present: case_repairs.repaired(present, runs, now))
    return noted, {run.outcome for run in runs}


def alert_if_due(
    case: ExceptionCase, settings: RuleSettings, now: datetime, *, crowded: bool = False
) -> bool:
    """Call staff at the opening and again until someone acknowledges; whether it was done.

    What is not critical, or `crowded` by others of its kind, goes out with others. A call that
    cannot be queued is made by the next sweep. A rule that calls nobody does so by mail once its
    repairs have come to their end.
    """
    if not settings.channels and case_repairs.has_stopped(case):
        settings = msgspec.structs.replace(settings, channels=("email",))
    if not domain.alert_due(case, settings, now):
        return False
    if case.severity != "critical" or crowded:
        digests.hold(case, settings, now)
        return True
    try:
        alerts.call_staff(alert_of(case, settings, now))
    except Unavailable:
        logger.warning("staff not called yet", extra={"case_id": case.case_id})
        return False
    exception_cases.amend(case, lambda present: domain.alerted(present, now))
    return True
