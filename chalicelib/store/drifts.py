"""SKUs whose books did not balance when last looked at: one partition that one Query reads."""

from collections.abc import Iterable

import msgspec

from chalicelib.store import client
from chalicelib.store.tables import OperationItem

_DRIFTS = "drift"


class Drift(msgspec.Struct, frozen=True):
    """By how many units at most, and what each law said."""

    store_id: str
    sku: str
    units: int
    details: tuple[str, ...]


def list_drifts() -> list[Drift]:
    with client.translating():
        items = list(OperationItem.query(_DRIFTS, consistent_read=True))
    return [msgspec.json.decode(item.data, type=Drift) for item in items]


def save_drift(drift: Drift) -> None:
    with client.translating():
        _item(drift).save()


def forget_drift(store_id: str, sku: str) -> None:
    with client.translating():
        OperationItem(_DRIFTS, f"{store_id}#{sku}").delete()


def replace_drifts(drifts: Iterable[Drift]) -> None:
    """These are all there are: what balances again is forgotten."""
    found = {_item(drift).SK: drift for drift in drifts}
    with client.translating(), OperationItem.batch_write() as batch:
        for known in list(OperationItem.query(_DRIFTS, consistent_read=True)):
            if known.SK not in found:
                batch.delete(known)
        for drift in found.values():
            batch.save(_item(drift))


def _item(drift: Drift) -> OperationItem:
    return OperationItem(_DRIFTS, f"{drift.store_id}#{drift.sku}", data=drift)
