"""How far each provider's list of events was read."""

from datetime import datetime

import msgspec

from chalicelib.store import client
from chalicelib.store.tables import OperationItem

_KIND = "event_cursors"


class EventCursor(msgspec.Struct, frozen=True, kw_only=True):
    """`cursor` is the provider's own word; None where its list begins anew."""

    provider: str
    cursor: str | None
    read_at: datetime


def find(provider: str) -> EventCursor | None:
    with client.translating():
        try:
            item = OperationItem.get(_KIND, provider, consistent_read=True)
        except OperationItem.DoesNotExist:
            return None
    return msgspec.json.decode(item.data, type=EventCursor)


def save(cursor: EventCursor) -> None:
    with client.translating():
        OperationItem(_KIND, cursor.provider, data=cursor).save()
