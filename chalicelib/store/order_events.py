"""One event with its order as it is now, for those who act on events out of the log."""

import msgspec

from chalicelib.domain.errors import NotFound
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.store import client
from chalicelib.store.order_files import ORDER, event_key, order_of
from chalicelib.store.orders import not_found
from chalicelib.store.tables import OrderItem

EVENT_PREFIX = "event#"


def load_event(order_id: str, version: int) -> tuple[OrderEvent, Order]:
    """Both in one read."""
    keys = [(order_id, ORDER), (order_id, event_key(version))]
    with client.translating():
        found = {item.SK: item for item in OrderItem.batch_get(keys, consistent_read=True)}
    if ORDER not in found:
        raise not_found()
    if event_key(version) not in found:
        raise NotFound("The order has no event of that version.", code="event_not_found")
    event = msgspec.json.decode(found[event_key(version)].data, type=OrderEvent)
    return event, order_of(found[ORDER])


def list_events(order_id: str) -> list[OrderEvent]:
    """The order's whole log, ascending."""
    with client.translating():
        found = OrderItem.query(
            order_id, OrderItem.SK.startswith(EVENT_PREFIX), consistent_read=True
        )
        return [msgspec.json.decode(item.data, type=OrderEvent) for item in found]
