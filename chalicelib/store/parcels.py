"""Which order a parcel belongs to, by its carrier and tracking number."""

import msgspec

from chalicelib.store import client
from chalicelib.store.client import Put
from chalicelib.store.tables import OperationItem

_SORT = "parcel"


class Parcel(msgspec.Struct, frozen=True):
    order_id: str
    shipment_id: str


def write_of(carrier: str, tracking_number: str, parcel: Parcel) -> Put:
    """Told anew, a number belongs to the newest: carriers use numbers again."""
    return Put(OperationItem(_key(carrier, tracking_number), _SORT, data=parcel))


def find_parcel(carrier: str, tracking_number: str) -> Parcel | None:
    with client.translating():
        try:
            item = OperationItem.get(_key(carrier, tracking_number), _SORT, consistent_read=True)
        except OperationItem.DoesNotExist:
            return None
    return msgspec.json.decode(item.data, type=Parcel)


def _key(carrier: str, tracking_number: str) -> str:
    return f"parcel#{carrier.casefold()}#{tracking_number}"
