"""Cases as the sweep and staff work on them: opened, seen again, resolved, listed, read.

A case about an order is opened and resolved in one transaction with the fact in the order's log,
so that the log alone tells which cases an order has.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain import exception_cases as domain
from chalicelib.domain import orders as order_domain
from chalicelib.domain.errors import Stale, Unavailable
from chalicelib.domain.exception_cases import CaseStatus, ExceptionCase, Finding
from chalicelib.domain.identity import Caller
from chalicelib.domain.orders import Actor, Change, Order, OrderEvent
from chalicelib.domain.thresholds import SEVERITIES, RuleSettings, Severity
from chalicelib.services import orders
from chalicelib.store import exception_cases as table
from chalicelib.store.client import TransactionRefused, Write

OPENED = "exception.opened"
RESOLVED = "exception.resolved"
_TRIES_MAX = 5


class Seen(msgspec.Struct, frozen=True):
    """A case after a finding, whether this opened it, and its order with the log's new fact."""

    case: ExceptionCase
    opened: bool
    order: Order | None


class Closed(msgspec.Struct, frozen=True):
    """The order with the log's new fact, and whether there was anything to resolve."""

    order: Order | None
    resolved: bool


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True):
    status: CaseStatus | None = None
    rule: str | None = None
    severity: Severity | None = None

    def lets(self, case: ExceptionCase, caller: Caller) -> bool:
        wanted = self.rule in {None, case.rule} and self.severity in {None, case.severity}
        return wanted and may_see(caller, case)


class Page(msgspec.Struct, frozen=True):
    """`position` is where the next page starts, None after the last."""

    cases: tuple[ExceptionCase, ...]
    position: tuple[str, str] | None


def see(finding: Finding, settings: RuleSettings, order: Order | None, now: datetime) -> Seen:
    """Open the one case of a finding, open it again, or note that the trouble is still there.

    Raises `Stale` when the order or the case was changed by someone else: look again.
    """
    known = table.find_case(finding.case_id)
    if known is not None and not known.is_resolved:
        case = amend(known, lambda case: domain.see_again(case, finding, settings, now))
        return Seen(case, opened=False, order=order)
    if known is None:
        case = domain.open_case(finding, settings, now)
    else:
        case = _moved(domain.reopen(known, finding, settings, now))
    fact = {
        "case_id": case.case_id,
        "rule": case.rule,
        "severity": case.severity,
        "cause": case.cause,
        "summary": case.summary,
    }
    if finding.customer_message and not finding.is_asked:
        fact["customer_message"] = finding.customer_message
    return Seen(case, opened=True, order=_written(case, order, OPENED, fact, now))


def resolve(case_id: str, by: Actor, order: Order | None, now: datetime) -> Closed:
    """Close a case whose rule finds nothing any more. Raises `Stale` like `see`."""
    known = table.find_case(case_id)
    if known is None or known.is_resolved:
        return Closed(order, resolved=False)
    case = _moved(domain.resolve(known, by.id, now))
    fact = {"case_id": case.case_id, "rule": case.rule}
    return Closed(_written(case, order, RESOLVED, fact, now, by), resolved=True)


def _written(
    case: ExceptionCase,
    order: Order | None,
    kind: str,
    fact: dict[str, Any],
    now: datetime,
    by: Actor | None = None,
) -> Order | None:
    if order is None:
        table.save_case(case)
        return None
    actor = by or Actor("system", f"system:{case.rule}")
    after, events = order_domain.happened(order, ((kind, fact),), actor, now)
    change = Change(before=order, order=after, events=events)
    try:
        return orders.save(change, now, also=(table.write_of(case),))
    except TransactionRefused as refused:
        raise Stale("The case has changed in the meantime.") from refused


def amend(
    case: ExceptionCase,
    change: Callable[[ExceptionCase], ExceptionCase],
    also: tuple[Write, ...] = (),
) -> ExceptionCase:
    """Apply a change to the case as it is now, whoever else works on it, and `also` with it."""
    for _ in range(_TRIES_MAX):
        after = change(case)
        if after == case:
            return case
        after = _moved(after)
        try:
            table.save_case(after, also)
        except Stale:
            case = table.load_case(case.case_id)
        else:
            return after
    raise Unavailable("The case is busy; try again.")


def save(case: ExceptionCase) -> ExceptionCase:
    """A case changed since it was read. Raises `Stale` when someone else changed it too."""
    after = _moved(case)
    table.save_case(after)
    return after


def _moved(case: ExceptionCase) -> ExceptionCase:
    return msgspec.structs.replace(case, version=case.version + 1)


def open_in_log(events: Iterable[OrderEvent]) -> dict[str, str]:
    """The unresolved cases of an order by its log: case id to rule."""
    found: dict[str, str] = {}
    for event in events:
        if event.type == OPENED:
            found[event.data["case_id"]] = event.data["rule"]
        elif event.type == RESOLVED:
            found.pop(event.data["case_id"], None)
    return found


def may_see(caller: Caller, case: ExceptionCase) -> bool:
    return not case.store_id or caller.works_at(case.store_id)


def load_for(caller: Caller, case_id: str) -> ExceptionCase:
    """A case of one of the caller's stores; another store's does not exist."""
    case = table.load_case(case_id)
    if not may_see(caller, case):
        raise table.not_found()
    return case


def list_cases(
    caller: Caller,
    wanted: CaseFilter,
    limit: int,
    start: tuple[str, str] | None = None,
    read_max: int = table.READ_MAX,
) -> Page:
    """The worst and oldest first; without a status the open ones come before the others.

    A filter that fits little gives pages with fewer cases, even none, before the last one.
    """
    found: list[ExceptionCase] = []
    last, read = start, 0
    for index, status in enumerate(table.STATUSES):
        if wanted.status not in {None, status} or (start is not None and index < int(start[0])):
            continue
        after = start[1] if start is not None and start[0] == str(index) else ""
        for case in table.cases_of(status, after, most=None):
            lets = wanted.lets(case, caller)
            if read == read_max or (lets and len(found) == limit):
                return Page(tuple(found), last)
            if lets:
                found.append(case)
            last, read = (str(index), table.position_of(case)), read + 1
    return Page(tuple(found), None)


def count_opened(rule: str, caller: Caller, since: datetime) -> int:
    """How many of a rule's cases were opened since then."""
    opened = table.opened_since(since)
    return sum(case.rule == rule and may_see(caller, case) for case in opened)


def counts_by_severity(caller: Caller) -> dict[str, int]:
    """How many cases wait for a person: open and acknowledged ones."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for status in ("open", "acknowledged"):
        for case in table.cases_of(status):
            if may_see(caller, case):
                counts[case.severity] += 1
    return {str(severity): n for severity, n in counts.items()}
