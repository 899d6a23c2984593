"""When the repair of a case runs, how often at most, and what the case keeps of it."""

from datetime import datetime

import msgspec

from chalicelib.domain.exception_cases import HISTORY_MAX, ExceptionCase, RepairRun, logged
from chalicelib.domain.repair_patience import PATIENCE
from chalicelib.domain.thresholds import RuleSettings


def repair_due(case: ExceptionCase, settings: RuleSettings, now: datetime) -> bool:
    """Whether the rule's own repair should run now: allowed, and patient enough since last time."""
    if case.is_resolved or case.needs_approval or not settings.repair or not case.remedies:
        return False
    if has_stopped(case):
        return False
    last = case.tried_at if case.tried_at and case.tries else case.opened_at
    return now >= last + PATIENCE[case.remedies[0].action].before_try(case.tries)


def has_stopped(case: ExceptionCase) -> bool:
    """Docket tried as often as it may, and the trouble is still there: people go on."""
    return bool(case.remedies) and case.tries >= PATIENCE[case.remedies[0].action].tries_max


def begun(case: ExceptionCase, now: datetime) -> ExceptionCase:
    """A try counts from its beginning: one that is cut short is not tried without end."""
    return msgspec.structs.replace(case, tries=case.tries + 1, tried_at=now)


def repaired(case: ExceptionCase, runs: tuple[RepairRun, ...], now: datetime) -> ExceptionCase:
    """With what came of a try, and a line in the log when it was the last one."""
    noted = msgspec.structs.replace(case, repairs=(*case.repairs, *runs)[-HISTORY_MAX:])
    if case.remedies and case.tries == PATIENCE[case.remedies[0].action].tries_max:
        return logged(noted, "stopped", f"system:{case.rule}", now)
    return noted
