"""The audit trail: each act of staff and each refused one, written once and never changed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import msgspec

from chalicelib.domain.audit import AuditEntry, Outcome, Subject, masked
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.identity import Caller
from chalicelib.domain.ids import fresh
from chalicelib.domain.orders import Actor
from chalicelib.store import audit as table

_DAYS_BACK = 7
_DAYS_MAX = 92
# A filter that fits little must not read the whole trail in one request.
_READ_MAX = 2000


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did or was refused; `input`, `before` and `after` are masked when kept."""

    action: str
    subject: Subject
    outcome: Outcome = "done"
    code: str | None = None
    store_id: str | None = None
    input: Any = None
    before: Any = None
    after: Any = None


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """`actor` and `subject` are ids."""

    since: datetime | None = None
    actor: str | None = None
    subject: str | None = None
    limit: int = 50


class Page(msgspec.Struct, frozen=True):
    """`position` is where the next page starts, None after the last."""

    entries: tuple[AuditEntry, ...]
    position: str | None


def record(caller: Caller, act: Act, now: datetime, request_id: str) -> AuditEntry:
    """Append one entry to the trail."""
    entry = AuditEntry(
        audit_id=fresh("aud"),
        at=now,
        actor=Actor(type=caller.kind, id=caller.id),
        roles=tuple(sorted(caller.roles)),
        action=act.action,
        subject=act.subject,
        outcome=act.outcome,
        code=act.code,
        store_id=act.store_id,
        input=masked(act.input),
        before=masked(act.before),
        after=masked(act.after),
        request_id=request_id,
        source_ip=caller.source,
    )
    table.add_entry(entry)
    return entry


def search(wanted: Search, caller: Caller, now: datetime, position: str | None = None) -> Page:
    """A page of the trail, newest first. Below manager, people see what they did themselves."""
    since = max(wanted.since or now - timedelta(days=_DAYS_BACK), now - timedelta(days=_DAYS_MAX))
    before = position or rfc3339(now + timedelta(seconds=1))
    found: list[AuditEntry] = []
    read = 0
    last = ""
    for entry in islice(_entries(wanted, since, before), _READ_MAX):
        if len(found) == wanted.limit:
            return Page(tuple(found), last)
        read += 1
        last = table.position_of(entry)
        if wanted.actor in {None, entry.actor.id} and _may_see(caller, entry):
            found.append(entry)
    return Page(tuple(found), last if read == _READ_MAX else None)


def _may_see(caller: Caller, entry: AuditEntry) -> bool:
    if not caller.has_role("manager"):
        return entry.actor.id == caller.id
    return entry.store_id is None or caller.works_at(entry.store_id)


def _entries(wanted: Search, since: datetime, before: str) -> Iterator[AuditEntry]:
    if before <= rfc3339(since):
        return iter(())
    if wanted.subject:
        return table.entries_of_subject(wanted.subject, since, before)
    return table.entries_between(since, before)
