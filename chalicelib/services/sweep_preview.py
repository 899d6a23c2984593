"""A dry run: what a sweep would find and mend now. Nothing is written, not even a lease."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from chalicelib.domain import exception_cases as domain
from chalicelib.domain.due import DUE_SHARDS
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.identity import Caller
from chalicelib.domain.ids import fresh
from chalicelib.observability import logger
from chalicelib.services import case_work, evidence, rules, stock_check, suspects, sweep
from chalicelib.services.subjects import GATHERERS, Asked
from chalicelib.services.sweep_run import REPAIRS_A_RUN_MAX, Foreseen, Run, SweepCounts
from chalicelib.store import exception_cases as case_table
from chalicelib.store import rules as rule_table
from chalicelib.store import subject_notes
from chalicelib.store import sweep as table
from chalicelib.store.watched_subjects import watched_in

# What can be told in one answer; the counts are of everything.
FINDINGS_MAX = 200
_ORDERS_A_SHARD_MAX = 500


def preview(caller: Caller, clock: Callable[[], datetime], budget: timedelta) -> SweepCounts:
    """Look at all that is due now, as a sweep would, within the budget.

    The counts are of everything, the findings of what the caller may see.
    """
    started = clock()
    counts = SweepCounts(
        sweep_id=fresh("swp"), requested_by=caller.id, started_at=started, dry_run=True
    )
    stored = rule_table.load_rules()
    run = Run(
        thresholds=rules.thresholds_of(stored),
        clock=clock,
        deadline=started + budget,
        counts=counts,
        repairs_left=REPAIRS_A_RUN_MAX,
    )
    looks = (partial(_orders, edited=sweep.edited_rules(stored)), _stock, _subjects)
    told = [_foreseen(found, run, started) for look in looks for found in look(run, started)]
    told.sort(key=lambda one: (not one.would_repair, one.since))
    seen = (one for one in told if not one.store_id or caller.works_at(one.store_id))
    counts.findings = tuple(islice(seen, FINDINGS_MAX))
    counts.finished_at = clock()
    return counts


def _foreseen(finding: Finding, run: Run, now: datetime) -> Foreseen:
    """The finding with the case that it would open or meet, and what would be tried."""
    settings = run.thresholds[finding.rule]
    known = case_table.find_case(finding.case_id)
    if known is None:
        case = domain.open_case(finding, settings, now)
    elif known.is_resolved:
        case = domain.reopen(known, finding, settings, now)
    else:
        case = domain.see_again(known, finding, settings, now)
    is_new = known is None or known.is_resolved
    wanted = case_work.wants_repair(case, settings, now)
    would_repair = wanted and run.counts.repaired < run.repairs_left
    run.counts.found += 1
    run.counts.opened += is_new
    run.counts.repaired += would_repair
    run.counts.repairs_held_back += wanted and not would_repair
    return Foreseen(
        rule=finding.rule,
        severity=settings.severity,
        subject=finding.subject,
        store_id=finding.store_id,
        summary=finding.summary,
        since=finding.since,
        is_new=is_new,
        would_repair=would_repair,
        repairs=tuple(remedy.action for remedy in finding.remedies),
        money_at_risk=finding.money_at_risk,
    )


def _orders(run: Run, now: datetime, edited: frozenset[str]) -> Iterator[Finding]:
    """Those that are due, then those that the newest edits of the rules concern."""
    for shard in range(DUE_SHARDS):
        for order_id in table.due_order_ids(shard, now, _ORDERS_A_SHARD_MAX):
            run.counts.due += 1
            if run.is_over():
                run.counts.left += 1
                continue
            yield from _of_order(order_id, run, now)
    if edited:
        run.walks_stock = any(rule.name in edited for rule in evidence.stock_rules())
        for shard in range(DUE_SHARDS):
            for order_id in sweep.concerned_ids(shard, edited, run):
                yield from _of_order(order_id, run, now)


def _of_order(order_id: str, run: Run, now: datetime) -> Iterable[Finding]:
    try:
        known = evidence.load(order_id, run.thresholds)
    except Unavailable:
        run.counts.failed += 1
        return ()
    if known is None:
        return ()
    order = known.order
    run.checked.add(order_id)
    run.counts.checked += 1
    ends = order.expires_at if order.status == "placed" else None
    run.counts.expired += ends is not None and ends <= now
    run.skus |= {(order.store_id, sku) for sku in order.reserved}
    if whose := suspects.suspect_in(known):
        run.suspects.add(whose)
    return evidence.judge(known, run.thresholds, now).held


def _stock(run: Run, now: datetime) -> Iterator[Finding]:
    watched = {(one.store_id, one.sku) for one in table.list_watched()}
    levels = stock_check.levels_of(run.skus | watched, run)
    run.counts.skus = len(levels)
    seen = [stock_check.seen(level, level.sellable, now) for level in levels.values()]
    yield from evidence.judge_stock(seen, run.thresholds)


def _subjects(run: Run, now: datetime) -> Iterator[Finding]:
    notes = subject_notes.read()
    asked = Asked(
        now=now,
        thresholds=run.thresholds,
        notes=notes,
        subjects=frozenset(one.subject for one in watched_in(notes)),
        suspects=frozenset(run.suspects),
        failures=run.failures,
        may_write=False,
    )
    for kind, gather in GATHERERS.items():
        try:
            gathered = gather(asked)
        except Unavailable as error:
            run.counts.failed += 1
            logger.warning("not looked at", extra={"kind": kind.__name__, "why": error.detail})
            continue
        run.counts.subjects += len(gathered)
        for one in gathered:
            yield from evidence.judge_subject(one, run.thresholds)
