"""The sweep: every order that a rule could have something to say about is looked at.

It costs by the orders that are due, never by the orders that there are. Whatever it does can be
cut short anywhere: what it did not finish stays due, and all that it does may be done twice.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

import msgspec

from chalicelib.domain.due import DUE_SHARDS, concerned
from chalicelib.domain.ids import fresh
from chalicelib.observability import count, logger
from chalicelib.services import (
    evidence,
    heartbeats,
    order_check,
    rules,
    stock_check,
    subject_check,
)
from chalicelib.services.sweep_run import LEASE_MARGIN, REPAIRS_A_RUN_MAX, Run, SweepCounts
from chalicelib.store import orders as order_table
from chalicelib.store import rules as rule_table
from chalicelib.store import sweep as table
from chalicelib.store.rules import StoredRules
from chalicelib.store.sweep import Lease

SCHEDULE = "schedule"
ORDERS_A_SHARD_MAX = 500
_BATCH = 100
_WAIT_SECONDS = 0.25
_WAITS_MAX = 40
# How long after an edit of the rules an order can still have been dated by the rules before it.
_SETTLED_AFTER = rules.CACHED_FOR + timedelta(seconds=60)

Clock = Callable[[], datetime]


def sweep(
    requested_by: str,
    clock: Clock,
    budget: timedelta,
    wait: Callable[[float], None] = time.sleep,
    repairs_max: int = REPAIRS_A_RUN_MAX,
) -> SweepCounts:
    """Look at all that is due now, within the budget. What is left stays due."""
    started = clock()
    stored = rule_table.load_rules()
    run = Run(
        thresholds=rules.thresholds_of(stored),
        clock=clock,
        deadline=started + budget,
        counts=SweepCounts(sweep_id=fresh("swp"), requested_by=requested_by, started_at=started),
        repairs_left=repairs_max,
    )
    _check_due_orders(run, wait)
    _walk_after_an_edit(run, stored)
    stock_check.check(run)
    subject_check.check(run)
    if requested_by == SCHEDULE:
        heartbeats.beat(heartbeats.SWEEP, run.clock())
    run.counts.finished_at = clock()
    table.save_last(run.counts)
    _tell(run)
    return run.counts


def _tell(run: Run) -> None:
    """As metrics; alarms stand on some of them."""
    count("SweepDue", run.counts.due)
    count("SweepOpened", run.counts.opened)
    count("SweepResolved", run.counts.resolved)
    count("SweepRepaired", run.counts.repaired)
    count("SweepLeft", run.counts.left)
    count("SweepFailed", run.counts.failed)
    count("RepairsHeldBack", run.counts.repairs_held_back)
    count("UnacknowledgedOrderSeconds", run.overdue_seconds)


def _check_due_orders(run: Run, wait: Callable[[float], None]) -> None:
    """Shard by shard under leases; what another sweep holds is waited for.

    With the first of them comes the lease on the other subjects, which costs no request more.
    """
    shards: set[int] = set(range(DUE_SHARDS))
    for _ in range(_WAITS_MAX):
        now = run.clock()
        due = {shard: table.due_order_ids(shard, now, ORDERS_A_SHARD_MAX) for shard in shards}
        due = {shard: ids for shard, ids in due.items() if ids}
        leases = _take_leases(due, run, now) if due else []
        try:
            for lease in leases:
                run.counts.due += len(due[lease.shard])
                _check(run.turned(due[lease.shard]), run)
        finally:
            table.give_back(leases)
        shards = set(due) - {lease.shard for lease in leases}
        if not shards or run.is_over():
            break
        wait(_WAIT_SECONDS)
    run.counts.busy_shards = len(shards)


def _take_leases(shards: Iterable[int], run: Run, now: datetime) -> list[Lease]:
    wanted = {*shards} if run.subjects_lease else {*shards, table.SUBJECTS}
    taken = table.take_leases(wanted, now, run.deadline - now + LEASE_MARGIN)
    for lease in taken:
        if lease.shard == table.SUBJECTS:
            run.subjects_lease = lease
    return [lease for lease in taken if lease.shard != table.SUBJECTS]


def _check(order_ids: Iterable[str], run: Run) -> None:
    for order_id in order_ids:
        if run.is_over():
            run.counts.left += 1
        else:
            order_check.check(order_id, run)


def _walk_after_an_edit(run: Run, stored: StoredRules) -> None:
    """After an edit of the rules, look at every live order that the edited ones may concern.

    Each sweep does so until no function can have the rules from before the edit in its memory.
    """
    edited = edited_rules(stored)
    if stored.changed_at is None or not edited:
        return
    logger.info("walking the index", extra={"edited": sorted(edited)})
    began = run.clock()
    run.walks_stock = any(rule.name in edited for rule in evidence.stock_rules())
    done = all(_walk(shard, edited, run) for shard in range(DUE_SHARDS))
    if done and began >= stored.changed_at + _SETTLED_AFTER:
        table.save_settled_version(stored.version)


def edited_rules(stored: StoredRules) -> frozenset[str]:
    """The rules whose last edit some order may have been dated without."""
    if stored.changed_at is None:
        return frozenset()
    settled = table.load_settled_version()
    if settled == stored.version:
        return frozenset()
    return frozenset(rule for rule, one in stored.rules.items() if one.rules_version > settled)


def _walk(shard: int, edited: frozenset[str], run: Run) -> bool:
    """Whether the shard was walked to its end within the time."""
    for order_id in concerned_ids(shard, edited, run):
        order_check.check(order_id, run)
    return not run.is_over()


def concerned_ids(shard: int, edited: frozenset[str], run: Run) -> Iterator[str]:
    """The live orders of a shard that the edited rules may speak of, until the time is over."""
    alive = table.live_order_ids(shard)
    while (batch := list(islice(alive, _BATCH))) and not run.is_over():
        run.counts.walked += len(batch)
        now = run.clock()
        for order in order_table.load_orders(batch):
            known = order.order_id in run.checked
            if not known and concerned(order, run.thresholds, edited, now):
                yield order.order_id


def find_last() -> SweepCounts | None:
    """What the newest sweep did."""
    found = table.find_last()
    return msgspec.json.decode(found, type=SweepCounts) if found else None
