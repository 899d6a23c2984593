"""Addresses that get no more mail, by a hash of the address, in the customers table."""

import msgspec

from chalicelib.domain.mail_feedback import Suppression
from chalicelib.domain.messages import address_key
from chalicelib.store import client
from chalicelib.store.tables import CustomerItem

_ROW = "suppressed"


def suppress(address: str, why: Suppression) -> None:
    with client.translating():
        CustomerItem(_key(address), _ROW, data=why).save()


def find_suppression(address: str) -> Suppression | None:
    with client.translating():
        items = CustomerItem.batch_get([(_key(address), _ROW)], consistent_read=True)
        item = next(iter(items), None)
    return msgspec.json.decode(item.data, type=Suppression) if item else None


def lift(address: str) -> None:
    """Mail may go there again."""
    with client.translating():
        CustomerItem(_key(address), _ROW).delete()


def _key(address: str) -> str:
    return f"address#{address_key(address)}"
