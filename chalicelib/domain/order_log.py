"""The operation log of an order: who did what when, merged from all that keep a part of it.

The order's events say what became of it, the audit trail who asked for that and from where (and
what was refused), its cases what was found and mended and whom it called, receipts who was told.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.domain.audit import AuditEntry
from chalicelib.domain.exception_cases import ExceptionCase
from chalicelib.domain.messages import SentMessage
from chalicelib.domain.orders import Actor, OrderEvent
from chalicelib.domain.text import Text

Kind = Literal["event", "request", "case", "repair", "alert", "message"]
_DETAILS = (
    "rule", "reason", "text", "number", "payment_id", "tracking_number", "outcome", "promised_at",
    "choice", "kind",
)  # fmt: skip
# A case's opening and resolving are events of the order as well.
_IN_EVENTS = frozenset({"opened", "reopened", "resolved"})


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`origin` is the network address that a person's request came from."""

    at: datetime
    kind: Kind
    what: str
    actor: Actor
    outcome: str = ""
    detail: Text | str = ""
    origin: str = ""


def merged(
    events: Iterable[OrderEvent],
    requests: Iterable[AuditEntry],
    cases: Iterable[ExceptionCase],
    messages: Iterable[SentMessage],
) -> list[Line]:
    """The newest first; of one moment, what was done before what came of it."""
    asked = {(one.at, one.actor.id): one for one in requests if one.outcome == "done"}
    told = list(events)
    known = {(event.at, event.actor.id) for event in told}
    lines = [_of_event(event, asked.get((event.at, event.actor.id))) for event in told]
    lines += [
        _of_request(one)
        for one in requests
        if one.outcome != "done" or (one.at, one.actor.id) not in known
    ]
    for case in cases:
        lines += _of_case(case)
    lines += [_of_message(message) for message in messages]
    return sorted(lines, key=lambda line: line.at)[::-1]


def _of_event(event: OrderEvent, request: AuditEntry | None) -> Line:
    detail = next((str(event.data[name]) for name in _DETAILS if event.data.get(name)), "")
    return Line(
        at=event.at, kind="event", what=event.type, actor=event.actor, outcome="done",
        detail=detail, origin=request.source_ip if request else "",
    )  # fmt: skip


def _of_request(entry: AuditEntry) -> Line:
    return Line(
        at=entry.at, kind="request", what=entry.action, actor=entry.actor, outcome=entry.outcome,
        detail=entry.code or "", origin=entry.source_ip,
    )  # fmt: skip


def _of_case(case: ExceptionCase) -> Iterator[Line]:
    rule = Actor("system", f"system:{case.rule}")
    for act in case.log:
        if act.act not in _IN_EVENTS:
            by = rule if act.by.startswith("system:") else Actor("staff", act.by)
            yield Line(at=act.at, kind="case", what=act.act, actor=by, detail=act.detail)
    for run in case.repairs:
        yield Line(
            at=run.at, kind="repair", what=run.action, actor=rule, outcome=run.outcome,
            detail=run.detail,
        )  # fmt: skip
    for alert in case.alerts:
        yield Line(at=alert.at, kind="alert", what=alert.channel, actor=rule, outcome=alert.outcome)


def _of_message(message: SentMessage) -> Line:
    to = ", ".join(part for part in (message.recipient, message.type, message.detail) if part)
    return Line(
        at=message.at, kind="message", what=f"{message.audience}.{message.channel}",
        actor=Actor("system", "system:notifications"), outcome=message.outcome, detail=to,
    )  # fmt: skip
