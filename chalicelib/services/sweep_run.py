"""One sweep under way: its counts, its limits, and what it does about any finding."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.exception_cases import ExceptionCase, Finding, Subject
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.repair_patience import Action
from chalicelib.domain.text import Text
from chalicelib.domain.thresholds import Severity, Thresholds
from chalicelib.observability import count
from chalicelib.services import case_work, exception_cases
from chalicelib.services.exception_cases import Seen
from chalicelib.store.sweep import Lease

REPAIRS_A_RUN_MAX = 100
# What remains of a lease when its holder's time is up: its last piece of work ends within it.
LEASE_MARGIN = timedelta(seconds=10)
# Of one rule and store; what is beyond goes out with the others as one message.
CALLS_A_RUN_MAX = 5


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What a dry run found: `would_repair` now, by `repairs`; `is_new` would open a case."""

    rule: str
    severity: Severity
    subject: Subject
    store_id: str
    summary: Text
    since: datetime
    is_new: bool
    would_repair: bool
    repairs: tuple[Action, ...]
    money_at_risk: Money | None


class SweepCounts(msgspec.Struct, kw_only=True):
    """What one sweep did: orders due, checked and left for want of time; cases; repairs.

    A dry run did none of it: the counts are what would be done, `findings` about what.
    """

    sweep_id: str
    requested_by: str
    started_at: datetime
    finished_at: datetime | None = None
    due: int = 0
    checked: int = 0
    walked: int = 0
    skus: int = 0
    subjects: int = 0
    found: int = 0
    opened: int = 0
    resolved: int = 0
    repaired: int = 0
    repairs_failed: int = 0
    repairs_held_back: int = 0
    alerted: int = 0
    expired: int = 0
    delivered: int = 0
    failed: int = 0
    left: int = 0
    busy_shards: int = 0
    dry_run: bool = False
    findings: tuple[Foreseen, ...] = ()


class Run(msgspec.Struct, kw_only=True):
    """One sweep under way."""

    thresholds: Thresholds
    clock: Callable[[], datetime]
    deadline: datetime
    counts: SweepCounts
    repairs_left: int
    walks_stock: bool = False
    checked: set[str] = msgspec.field(default_factory=set)
    skus: set[tuple[str, str]] = msgspec.field(default_factory=set)
    overdue_seconds: float = 0
    subjects_lease: Lease | None = None
    suspects: set[str] = msgspec.field(default_factory=set)
    failures: dict[str, int] = msgspec.field(default_factory=dict)
    called: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)

    def is_over(self) -> bool:
        return self.clock() >= self.deadline

    def turned(self, order_ids: Iterable[str]) -> list[str]:
        """In another order each run, so that nobody is always the one left at the end."""
        salt = self.counts.sweep_id
        return sorted(order_ids, key=lambda one: hashlib.sha256((salt + one).encode()).digest())


def see(finding: Finding, order: Order | None, run: Run, now: datetime) -> Seen:
    """Open or refresh the case of a finding."""
    seen = exception_cases.see(finding, run.thresholds[finding.rule], order, now)
    run.counts.found += 1
    if finding.rule == "order_not_returned":
        overdue = (now - finding.since).total_seconds()
        run.overdue_seconds = max(run.overdue_seconds, overdue)
    run.counts.opened += seen.opened
    if seen.opened and seen.case.severity == "critical":
        count("CriticalCasesOpened")
    return seen


def repair_if_due(case: ExceptionCase, run: Run, now: datetime) -> tuple[ExceptionCase, bool]:
    """The case after its repair, and whether that did something; beyond the limit it waits."""
    if not case_work.wants_repair(case, run.thresholds[case.rule], now):
        return case, False
    if run.repairs_left <= 0:
        run.counts.repairs_held_back += 1
        return case, False
    run.repairs_left -= 1
    case, outcomes = case_work.repair(case, now)
    run.counts.repaired += "done" in outcomes
    run.counts.repairs_failed += "failed" in outcomes
    return case, "done" in outcomes


def alert_if_due(case: ExceptionCase, run: Run, now: datetime) -> None:
    """One fault behind many cases rings a few times, and tells of the others together."""
    crowd = case.rule, case.store_id
    crowded = run.called[crowd] >= CALLS_A_RUN_MAX
    called = case_work.alert_if_due(case, run.thresholds[case.rule], now, crowded=crowded)
    run.called[crowd] += called
    run.counts.alerted += called
