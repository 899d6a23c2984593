"""SKUs whose books did not balance when last looked at."""

from collections.abc import Iterable

import msgspec

from chalicelib.store import client, subject_notes
from chalicelib.store.subject_notes import Notes, note
from chalicelib.store.tables import OperationItem

_KIND = "drift"


class Drift(msgspec.Struct, frozen=True):
    """By how many units at most, and what each law said."""

    store_id: str
    sku: str
    units: int
    details: tuple[str, ...]


def drifts_in(notes: Notes) -> list[Drift]:
    return [msgspec.json.decode(item.data, type=Drift) for item in notes.get(_KIND, ())]


def save_drift(drift: Drift) -> None:
    with client.translating():
        _item(drift).save()


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
    return note(_KIND, f"{drift.store_id}#{drift.sku}", data=drift)
