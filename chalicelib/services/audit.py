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

DAYS_BACK = 7
_DAYS_MAX = 92
# A filter that fits little must not read the whole trail in one request.
_READ_MAX = 2000


class Page(msgspec.Struct, frozen=True):
    """`position` is where the next page starts, None after the last."""

    entries: tuple[AuditEntry, ...]
    position: str | None


class Search(msgspec.Struct, frozen=True, kw_only=True):
    since: datetime | None = None
    actor: str | None = None
    subject: Subject | None = None
    limit: int = 50


def record(
    caller: Caller,
    action: str,
    subject: Subject,
    *,
    before: Any = None,
    after: Any = None,
    outcome: Outcome = "done",
    code: str | None = None,
    now: datetime,
    request_id: str,
) -> AuditEntry:
    """Append an entry; personal data in `before` and `after` are masked."""
    entry = AuditEntry(
        audit_id=fresh("aud"),
        at=now,
        actor=Actor(type=caller.kind, id=caller.id),
        roles=tuple(sorted(caller.roles)),
        action=action,
        subject=subject,
        outcome=outcome,
        code=code,
        before=masked(before),
        after=masked(after),
        request_id=request_id,
        source_ip=caller.source,
    )
    table.add_entry(entry)
    return entry


def search(wanted: Search, now: datetime, position: str | None = None) -> Page:
    """A page of the trail, newest first."""
    earliest = now - timedelta(days=_DAYS_MAX)
    since = max(wanted.since or now - timedelta(days=DAYS_BACK), earliest)
    before = position or rfc3339(now + timedelta(seconds=1))
    found: list[AuditEntry] = []
    last: AuditEntry | None = None
    read = 0
    for entry in islice(_entries(wanted, since, before), _READ_MAX):
        if len(found) == wanted.limit:
            return Page(tuple(found), table.position_of(last) if last else None)
        read += 1
        last = entry
        if wanted.actor in {None, entry.actor.id}:
            found.append(entry)
    more = read == _READ_MAX and last is not None
    return Page(tuple(found), table.position_of(last) if more and last else None)


def _entries(wanted: Search, since: datetime, before: str) -> Iterator[AuditEntry]:
    if wanted.subject:
        return table.entries_of_subject(wanted.subject.type, wanted.subject.id, since, before)
    return table.entries_between(since, before)
