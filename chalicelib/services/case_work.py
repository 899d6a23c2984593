"""What is done about a case: its repair, in patience, and the call of staff."""

from datetime import datetime

from chalicelib.domain import exception_cases as domain
from chalicelib.domain.alerts import alert_of
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.exception_cases import ExceptionCase, RepairOutcome
from chalicelib.domain.orders import Actor
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.observability import logger
from chalicelib.services import alerts, digests, exception_cases, repairs

wants_repair = domain.repair_due


def repair(
    case: ExceptionCase, now: datetime, approved_by: Actor | None = None
) -> tuple[ExceptionCase, set[RepairOutcome]]:
    """Carry out what the rule suggests and note what came of it."""
    runs = repairs.mend(case.remedies, case.subject, case.rule, now, approved_by)
    noted = exception_cases.amend(case, lambda present: domain.repaired(present, runs))
    return noted, {run.outcome for run in runs}


def alert_if_due(case: ExceptionCase, settings: RuleSettings, now: datetime) -> bool:
    """Call staff at the opening and again until someone acknowledges; whether it was done.

    What is not critical waits for others. A call that cannot be queued is made by the next sweep.
    """
    if not domain.alert_due(case, settings, now):
        return False
    if case.severity != "critical":
        digests.hold(case, settings, now)
        return True
    try:
        alerts.call_staff(alert_of(case, settings, now))
    except Unavailable:
        logger.warning("staff not called yet", extra={"case_id": case.case_id})
        return False
    exception_cases.amend(case, lambda present: domain.alerted(present, now))
    return True
