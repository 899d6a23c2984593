"""SKUs whose books did not balance when last looked at."""

from collections.abc import Iterable
from contextlib import suppress

import msgspec

from chalicelib.domain.stock_drift import Drift
from chalicelib.store import client, subject_notes
from chalicelib.store.client import ConditionFailed
from chalicelib.store.subject_notes import Notes, note
from chalicelib.store.tables import OperationItem

_KIND = "drift"
Key = tuple[str, str]


def drifts_in(notes: Notes) -> dict[Key, Drift]:
    """By store and SKU."""
    found = [msgspec.json.decode(item.data, type=Drift) for item in notes.get(_KIND, ())]
    return {(one.level.store_id, one.level.sku): one for one in found}


def list_drifts() -> dict[Key, Drift]:
    return drifts_in(subject_notes.read())


def save_drift(drift: Drift) -> None:
    with client.translating():
        _item(drift).save()


def save_new(drift: Drift) -> None:
    """Unless something is known of the SKU, which may be more."""
    with suppress(ConditionFailed), client.translating():
        _item(drift).save(OperationItem.PK.does_not_exist())


def forget_drift(store_id: str, sku: str) -> None:
    with client.translating():
        note(_KIND, f"{store_id}#{sku}").delete()


def replace_drifts(drifts: Iterable[Drift]) -> None:
    """These are all there are: what balances again is forgotten."""
    found = {_item(drift).SK: drift for drift in drifts}
    with client.translating(), OperationItem.batch_write() as batch:
        for known in subject_notes.read().get(_KIND, ()):
            if known.SK not in found:
                batch.delete(known)
        for drift in found.values():
            batch.save(_item(drift))


def _item(drift: Drift) -> OperationItem:
    return note(_KIND, f"{drift.level.store_id}#{drift.level.sku}", data=drift)
