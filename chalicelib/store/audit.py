"""The audit trail in the operations table: a partition a day, and a listing for each subject."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.audit import AuditEntry
from chalicelib.domain.clock import rfc3339
from chalicelib.store.client import translating
from chalicelib.store.tables import OperationItem

_KIND = "audit"
_PAGE = 100


def add_entry(entry: AuditEntry) -> None:
    with translating():
        OperationItem(
            f"{_KIND}#{_day(entry.at)}",
            position_of(entry),
            data=entry,
            list_key=_listing(entry.subject.id),
            list_sort=position_of(entry),
        ).save()


def position_of(entry: AuditEntry) -> str:
    """Where an entry stands in time."""
    return f"{rfc3339(entry.at)}#{entry.audit_id}"


def entries_of_subject(subject_id: str, since: datetime, before: str) -> Iterator[AuditEntry]:
    """Newest first, from `since` on and before the position `before`."""
    with translating():
        found = OperationItem.listing.query(
            _listing(subject_id),
            OperationItem.list_sort.between(rfc3339(since), before),
            scan_index_forward=False,
            page_size=_PAGE,
        )
        for item in found:
            if item.list_sort != before:
                yield msgspec.json.decode(item.data, type=AuditEntry)


def entries_between(since: datetime, before: str) -> Iterator[AuditEntry]:
    """Newest first, day by day, read consistently."""
    day = datetime.fromisoformat(before[:10]).replace(tzinfo=since.tzinfo)
    with translating():
        while day.date() >= since.date():
            found = OperationItem.query(
                f"{_KIND}#{_day(day)}",
                OperationItem.SK.between(rfc3339(since), before),
                scan_index_forward=False,
                consistent_read=True,
                page_size=_PAGE,
            )
            for item in found:
                if before != item.SK:
                    yield msgspec.json.decode(item.data, type=AuditEntry)
            day -= timedelta(days=1)


def _day(at: datetime) -> str:
    return rfc3339(at)[:10]


def _listing(subject_id: str) -> str:
    return f"{_KIND}#{subject_id}"
