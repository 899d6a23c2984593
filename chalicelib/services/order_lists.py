"""Pages of orders: a customer's newest first, a store's board oldest first."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.clock import rfc3339
from chalicelib.domain.orders import TERMINAL, Order
from chalicelib.store import order_lists as table

# Filtered pages read on until they are full or have looked at this many orders.
_LOOKED_AT_MAX = 500
_EXHAUSTED = "end"
# A status to ask for that stands for all from which an order can still move on.
OPEN = "open"


class Page(msgspec.Struct, frozen=True):
    orders: list[Order]
    next_key: Any


def of_customer(customer_id: str, *, status: str | None, limit: int, after: Any) -> Page:
    def read(start: Any, count: int) -> table.KeyPage:
        return table.customer_keys(customer_id, start, count)

    return _filled(read, lambda order: status in {None, order.status}, limit, after)


def of_store(
    store_id: str,
    *,
    status: str | None,
    text: str | None,
    since: datetime | None,
    limit: int,
    after: Any,
) -> Page:
    """Oldest first. The ended orders lie before the living ones in the index, which is also
    where a page of all goes on; a wanted status is looked for in its own half alone.
    """
    halves = ("done#", "open#") if status is None else (_half(status),)
    low = rfc3339(since) if since else ""

    def read(start: Any, count: int) -> table.KeyPage:
        return table.store_keys(store_id, halves, low, start, count)

    def fits(order: Order) -> bool:
        wanted = status in {None, order.status} or (status == OPEN and not order.is_terminal)
        return wanted and (text is None or _mentions(order, text))

    return _filled(read, fits, limit, after)


def of_stores(
    store_ids: list[str],
    *,
    status: str | None,
    text: str | None,
    since: datetime | None,
    limit: int,
    after: dict[str, Any],
) -> Page:
    """Several stores' pages merged by time; `after` holds where each store goes on."""
    pages = {
        store_id: of_store(
            store_id, status=status, text=text, since=since, limit=limit,
            after=after.get(store_id),
        )
        for store_id in store_ids
        if after.get(store_id) != _EXHAUSTED
    }  # fmt: skip
    merged = sorted(
        (order for page in pages.values() for order in page.orders), key=lambda o: o.placed_at
    )
    shown = merged[:limit]
    places = {store_id: after.get(store_id) for store_id in store_ids}
    for store_id, page in pages.items():
        places[store_id] = _place(page, shown, after.get(store_id))
    ended = all(place == _EXHAUSTED for place in places.values())
    return Page(shown, None if ended else places)


def _place(page: Page, shown: list[Order], before: Any) -> Any:
    """Where a store goes on when only those of its page that are in `shown` were shown."""
    taken = [order for order in page.orders if order in shown]
    if len(taken) == len(page.orders):
        return page.next_key or _EXHAUSTED
    return table.board_key_of(taken[-1]) if taken else before


def mark(page: Page) -> str:
    """The page's ETag: which orders at which versions."""
    seen = msgspec.json.encode([(order.order_id, order.version) for order in page.orders])
    return hashlib.sha256(seen).hexdigest()[:20]


def _half(status: str) -> str:
    return "done#" if status in TERMINAL else "open#"


def _mentions(order: Order, text: str) -> bool:
    wanted = text.casefold()
    places = (
        order.number, order.order_id, order.pickup_code, order.contact.name,
        order.contact.phone, order.contact.email, order.fulfillment.table,
    )  # fmt: skip
    return any(wanted in place.casefold() for place in places if place)


def _filled(read: Any, fits: Any, limit: int, after: Any) -> Page:
    found: list[Order] = []
    looked_at = 0
    while True:
        keys = read(after, min(100, limit))
        for key, order in table.with_orders(keys):
            looked_at += 1
            after = key
            if fits(order):
                found.append(order)
                if len(found) == limit:
                    return Page(found, None if key == keys.last and not keys.more else key)
        after = keys.last or after
        if not keys.more:
            return Page(found, None)
        if looked_at >= _LOOKED_AT_MAX:
            return Page(found, after)
