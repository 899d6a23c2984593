"""Queues, functions and the like under the sweep: one look at each, whatever the orders are.

One line in `GATHERERS` tells how a kind of evidence comes about. A gatherer costs a fixed number of
requests, and returns evidence of all there is of its kind and of every subject it is asked about:
a subject with a case but without evidence is gone, and its case ends.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.errors import Stale, Unavailable
from chalicelib.domain.exception_cases import Finding, Subject
from chalicelib.domain.orders import Actor
from chalicelib.domain.thresholds import Thresholds
from chalicelib.observability import logger
from chalicelib.rules.base import FunctionEvidence, QueueEvidence, SubjectEvidence
from chalicelib.services import evidence, exception_cases, heartbeats, queues, sweep_run
from chalicelib.services.sweep_run import Run
from chalicelib.store import sweep as table
from chalicelib.store import watched_subjects as watch
from chalicelib.store.watched_subjects import WatchedSubject

# A case of this kind is about a handful of things; hundreds at once are one trouble, not many.
CASES_A_RUN_MAX = 50


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`subjects` have a case: they are looked at in any case."""

    now: datetime
    thresholds: Thresholds
    subjects: frozenset[Subject] = frozenset()


Gather = Callable[[Asked], list[SubjectEvidence]]


def check(run: Run) -> None:
    """Judge each subject once, unless another sweep is at it."""
    now = run.clock()
    leases = table.take_leases([table.SUBJECTS], now, max(run.deadline - now, timedelta()))
    if not leases:
        return
    try:
        watched = watch.list_watched()
        for kind in GATHERERS:
            _check_kind(kind, watched, run, now)
    finally:
        table.give_back(leases)


def gather_about(kind: type[SubjectEvidence], asked: Asked) -> list[SubjectEvidence]:
    return GATHERERS[kind](asked)


def judge_one(rule: str, subject: Subject, thresholds: Thresholds, now: datetime) -> Finding | None:
    """What a rule finds about one subject now."""
    asked = Asked(now=now, thresholds=thresholds, subjects=frozenset({subject}))
    for kind, gather in GATHERERS.items():
        if rule not in {one.name for one in evidence.subject_rules(kind)}:
            continue
        for seen in gather(asked):
            found = evidence.judge_subject(seen, thresholds) if seen.subject == subject else []
            if finding := next((one for one in found if one.rule == rule), None):
                return finding
    return None


def _check_kind(
    kind: type[SubjectEvidence], watched: list[WatchedSubject], run: Run, now: datetime
) -> None:
    """Nothing that goes wrong with one kind keeps the others from their turn."""
    names = {rule.name for rule in evidence.subject_rules(kind)}
    known = [one for one in watched if one.rule in names]
    asked = Asked(
        now=now, thresholds=run.thresholds, subjects=frozenset(one.subject for one in known)
    )
    try:
        findings = _judged(GATHERERS[kind](asked), run)
        _attend(findings, known, run, now)
        held = {finding.case_id for finding in findings}
        for one in known:
            if one.case_id not in held:
                _resolve(one, run, now)
    except Unavailable as error:
        run.counts.failed += 1
        logger.warning("not looked at", extra={"kind": kind.__name__, "why": error.detail})
    except Exception:
        run.counts.failed += 1
        logger.exception("cannot be looked at", extra={"kind": kind.__name__})


def _judged(seen: list[SubjectEvidence], run: Run) -> list[Finding]:
    run.counts.subjects += len(seen)
    return [f for one in seen for f in evidence.judge_subject(one, run.thresholds)]


def _attend(findings: list[Finding], known: list[WatchedSubject], run: Run, now: datetime) -> None:
    cases = {one.case_id for one in known}
    for finding in sorted(findings, key=lambda one: one.case_id not in cases)[:CASES_A_RUN_MAX]:
        if finding.case_id not in cases:
            # Watched before there is a case: a case that nobody looks at again would never end.
            watch.save_watched(WatchedSubject(finding.rule, finding.subject, finding.store_id))
        try:
            seen = sweep_run.see(finding, None, run, now)
            case, mended = sweep_run.repair_if_due(seen.case, run, now)
            if not mended:
                sweep_run.alert_if_due(case, run, now)
        except Stale:
            logger.info("somebody is at it", extra={"case_id": finding.case_id})


def _resolve(one: WatchedSubject, run: Run, now: datetime) -> None:
    by = Actor("system", f"system:{one.rule}")
    run.counts.resolved += exception_cases.resolve(one.case_id, by, None, now).resolved
    watch.unwatch(one)


def _look_at_queues(asked: Asked) -> list[SubjectEvidence]:
    return [
        QueueEvidence(
            subject=Subject("queue", name),
            at=asked.now,
            messages=queues.messages_in(queue),
            can_go_back=queue.source_url is not None,
        )
        for name, queue in queues.last_resorts().items()
    ]


def _look_at_functions(asked: Asked) -> list[SubjectEvidence]:
    return [
        FunctionEvidence(subject=Subject("function", name), at=asked.now, last_ran_at=ran_at)
        for name, ran_at in heartbeats.last_beats().items()
    ]


GATHERERS: Mapping[type[SubjectEvidence], Gather] = {
    QueueEvidence: _look_at_queues,
    FunctionEvidence: _look_at_functions,
}
