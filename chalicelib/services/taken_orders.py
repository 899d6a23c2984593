"""The list in S3 of the orders taken under each incident: the report is drawn up from it.

An entry also tells an instance that has no table what it or another has answered before under the
same key. It holds no personal data.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.orders import LineItem, Order, Totals
from chalicelib.observability import logger
from chalicelib.services import standing_objects


class TakenOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered with 202."""

    order_id: str
    store_id: str
    fingerprint: str
    taken_at: datetime
    line_items: tuple[LineItem, ...]
    totals: Totals


def entry_of(order: Order) -> TakenOrder:
    return TakenOrder(
        order_id=order.order_id,
        store_id=order.store_id,
        fingerprint=order.fingerprint,
        taken_at=order.placed_at,
        line_items=order.line_items,
        totals=order.totals,
    )


def find(incident_id: str, store_id: str, order_id: str) -> TakenOrder | None:
    found = standing_objects.read(_key(incident_id, store_id, order_id))
    return msgspec.json.decode(found.body, type=TakenOrder) if found else None


def note(incident_ids: Iterable[str], taken: TakenOrder) -> None:
    """Best effort: the order is in the queue, whose importer notes it again."""
    entry = msgspec.json.encode(taken)
    try:
        for incident_id in incident_ids:
            standing_objects.put(_key(incident_id, taken.store_id, taken.order_id), entry)
    except Unavailable:
        logger.warning("order taken, not listed", extra={"order": taken.order_id})


def listed(incident_id: str) -> Iterator[tuple[str, str]]:
    """Each order's store and id."""
    for name in standing_objects.names(f"taken/{incident_id}/"):
        store_id, _, order_id = name.partition("/")
        yield store_id, order_id


def note_failed(incident_ids: Iterable[str], order: Order, why: str) -> None:
    """That the importer does not know what to do with it."""
    for incident_id in incident_ids:
        key = _key(f"{incident_id}-failed", order.store_id, order.order_id)
        standing_objects.put(key, why.encode())


def listed_failed(incident_id: str) -> Iterator[tuple[str, str]]:
    return listed(f"{incident_id}-failed")


def _key(incident_id: str, store_id: str, order_id: str) -> str:
    return f"taken/{incident_id}/{store_id}/{order_id}"
