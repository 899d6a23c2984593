"""Queues, functions, stores and the like under the sweep: one look at each kind, then its cases.

A subject with a case but without evidence is gone, and its case ends. What staff are told together
stands in the same notes, so it goes out from here.
"""

from datetime import datetime, timedelta

from chalicelib.domain.errors import Stale, Unavailable
from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.orders import Actor
from chalicelib.observability import logger
from chalicelib.rules.base import SubjectEvidence
from chalicelib.services import digests, evidence, exception_cases, sweep_run
from chalicelib.services.subjects import GATHERERS, Asked
from chalicelib.services.sweep_run import LEASE_MARGIN, Run
from chalicelib.store import subject_notes
from chalicelib.store import sweep as table
from chalicelib.store import watched_subjects as watch
from chalicelib.store.subject_notes import Notes
from chalicelib.store.sweep import Lease
from chalicelib.store.watched_subjects import WatchedSubject

# A case of this kind is about a handful of things; hundreds at once are one trouble, not many.
CASES_A_RUN_MAX = 50


def check(run: Run) -> None:
    """Judge each subject once, unless another sweep is at it."""
    now = run.clock()
    leases = [run.subjects_lease] if run.subjects_lease else _take_lease(run, now)
    if not leases:
        return
    try:
        notes = subject_notes.read()
        alerted = run.counts.alerted
        for kind in GATHERERS:
            _check_kind(kind, notes, run, now)
        fresh = notes if run.counts.alerted == alerted else subject_notes.read()
        _send_digests(fresh, run, now)
    finally:
        table.give_back(leases)


def _send_digests(notes: Notes, run: Run, now: datetime) -> None:
    """Whatever goes wrong with them, the next sweep takes up."""
    try:
        digests.send_due(notes, run.thresholds, now)
    except Unavailable as error:
        run.counts.failed += 1
        logger.warning("digests not sent", extra={"why": error.detail})
    except Exception:
        run.counts.failed += 1
        logger.exception("digests cannot be sent")


def _take_lease(run: Run, now: datetime) -> list[Lease]:
    return table.take_leases(
        [table.SUBJECTS], now, max(run.deadline - now, timedelta()) + LEASE_MARGIN
    )


def _check_kind(kind: type[SubjectEvidence], notes: Notes, run: Run, now: datetime) -> None:
    """Nothing that goes wrong with one kind keeps the others from their turn."""
    names = {rule.name for rule in evidence.subject_rules(kind)}
    known = [one for one in watch.watched_in(notes) if one.rule in names]
    asked = Asked(
        now=now,
        thresholds=run.thresholds,
        notes=notes,
        subjects=frozenset(one.subject for one in known),
        suspects=frozenset(run.suspects),
        failures=run.failures,
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
