"""Reports of reconciliations, one for a provider and day, listed the newest day first."""

from collections.abc import Iterator
from datetime import date

import msgspec

from chalicelib.domain.errors import NotFound
from chalicelib.domain.ids import derived
from chalicelib.domain.reconciliations import Reconciliation
from chalicelib.store import client
from chalicelib.store.tables import OperationItem

_SORT = "report"
_LISTED = "reconciliations"


def id_of(provider: str, day: date) -> str:
    return derived("rec", provider, day.isoformat())


def find(reconciliation_id: str) -> Reconciliation | None:
    with client.translating():
        try:
            item = OperationItem.get(_key(reconciliation_id), _SORT, consistent_read=True)
        except OperationItem.DoesNotExist:
            return None
    return msgspec.json.decode(item.data, type=Reconciliation)


def load(reconciliation_id: str) -> Reconciliation:
    found = find(reconciliation_id)
    if found is None:
        raise NotFound("There is no such report.", code="reconciliation_not_found")
    return found


def save(report: Reconciliation) -> None:
    item = OperationItem(
        _key(report.reconciliation_id),
        _SORT,
        data=report,
        list_key=_LISTED,
        list_sort=position_of(report),
    )
    with client.translating():
        item.save()


def position_of(report: Reconciliation) -> str:
    return f"{report.day.isoformat()}#{report.provider}"


def newest(before: str = "") -> Iterator[Reconciliation]:
    key = OperationItem.list_sort < before if before else None
    with client.translating():
        found = OperationItem.listing.query(_LISTED, key, scan_index_forward=False, page_size=50)
        for item in found:
            yield msgspec.json.decode(item.data, type=Reconciliation)


def _key(reconciliation_id: str) -> str:
    return f"reconciliation#{reconciliation_id}"
