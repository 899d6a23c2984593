"""How each kind of evidence about queues, functions, stores and the like comes about.

A gatherer costs a fixed number of requests, and returns evidence of all there is of its kind and
of every subject it is asked about: a subject without evidence is gone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.exception_cases import Finding, Subject, case_id
from chalicelib.domain.thresholds import Thresholds
from chalicelib.rules.base import (
    BufferEvidence,
    CustomerEvidence,
    DriftEvidence,
    ForgeryEvidence,
    FunctionEvidence,
    OrphanEvidence,
    QueueEvidence,
    RateEvidence,
    SubjectEvidence,
)
from chalicelib.services import (
    drains,
    evidence,
    forgeries,
    heartbeats,
    order_rates,
    orphans,
    queues,
    stock_drift,
    suspects,
)
from chalicelib.store import subject_notes
from chalicelib.store.subject_notes import Notes


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`subjects` have a case: they are looked at in any case.

    `suspects` are customers whose orders this sweep saw and `failures` failed payments by order.
    A dry run may not write.
    """

    now: datetime
    thresholds: Thresholds
    notes: Notes
    subjects: frozenset[Subject] = frozenset()
    suspects: frozenset[str] = frozenset()
    failures: Mapping[str, int] = {}
    may_write: bool = True


Gather = Callable[[Asked], list[SubjectEvidence]]


def judge_one(
    rule: str, subject: Subject, store_id: str, thresholds: Thresholds, now: datetime
) -> Finding | None:
    """What a rule finds about one subject now."""
    notes = subject_notes.read()
    asked = Asked(now=now, thresholds=thresholds, notes=notes, subjects=frozenset({subject}))
    wanted = case_id(rule, subject, store_id)
    for kind, gather in GATHERERS.items():
        if rule in {one.name for one in evidence.subject_rules(kind)}:
            found = [f for seen in gather(asked) for f in evidence.judge_subject(seen, thresholds)]
            return next((finding for finding in found if finding.case_id == wanted), None)
    return None


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
        for name, ran_at in heartbeats.last_beats(asked.notes).items()
    ]


def _look_at_drifts(asked: Asked) -> list[SubjectEvidence]:
    return [
        DriftEvidence(
            subject=Subject("sku", one.level.sku),
            store_id=one.level.store_id,
            at=asked.now,
            units=one.units,
            faults=one.faults,
        )
        for one in stock_drift.standing(asked.notes, asked.now)
    ]


def _look_at_rates(asked: Asked) -> list[SubjectEvidence]:
    settings = asked.thresholds["order_rate_anomaly"]
    if not settings.enabled:
        return []
    window = settings.threshold_seconds or 3600
    return order_rates.look(asked.notes, window, asked.now, counting=asked.may_write)


def _look_at_customers(asked: Asked) -> list[SubjectEvidence]:
    settings = asked.thresholds["suspected_fraud"]
    known = [one.id for one in asked.subjects if one.type == "customer"]
    new = sorted(asked.suspects - set(known))
    window = timedelta(seconds=settings.threshold_seconds or 3600)
    return suspects.look(sorted(known), new, asked.failures, window, asked.now)


def _look_at_orphans(asked: Asked) -> list[SubjectEvidence]:
    return list(orphans.gather(asked.now))


def _look_at_forgeries(asked: Asked) -> list[SubjectEvidence]:
    return list(forgeries.gather(asked.now))


def _look_at_buffers(asked: Asked) -> list[SubjectEvidence]:
    return list(drains.undrained(asked.now))


GATHERERS: Mapping[type[SubjectEvidence], Gather] = {
    BufferEvidence: _look_at_buffers,
    QueueEvidence: _look_at_queues,
    FunctionEvidence: _look_at_functions,
    DriftEvidence: _look_at_drifts,
    RateEvidence: _look_at_rates,
    CustomerEvidence: _look_at_customers,
    OrphanEvidence: _look_at_orphans,
    ForgeryEvidence: _look_at_forgeries,
}
