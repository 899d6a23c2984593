"""Order keys out of the two listing indexes, page by page."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from chalicelib.domain.orders import Order
from chalicelib.store import client
from chalicelib.store.order_files import item_of
from chalicelib.store.orders import load_orders
from chalicelib.store.tables import OrderItem

Key = dict[str, Any]


class KeyPage(msgspec.Struct, frozen=True):
    """Index keys in order; `last` is where the next page goes on, if there is `more`."""

    keys: list[Key]
    last: Key | None
    more: bool


def customer_keys(customer_id: str, start: Key | None, count: int) -> KeyPage:
    with client.translating():
        found = OrderItem.by_customer.query(
            customer_id, scan_index_forward=False, limit=count, last_evaluated_key=start
        )
        keys = [_key(item, "customer_id", "placed_key") for item in found]
    return _page(keys, count)


def store_keys(
    store_id: str, halves: Sequence[str], low: str, start: Key | None, count: int
) -> KeyPage:
    """The index's halves one after the other: ended orders, then living ones."""
    keys: list[Key] = []
    for half in halves:
        if start is not None and start["board_key"]["S"] > f"{half}~":
            continue
        here = start if start and start["board_key"]["S"].startswith(half) else None
        keys += _half(store_id, half, low, here, count - len(keys))
        if len(keys) == count:
            break
    return _page(keys, count)


def _half(store_id: str, half: str, low: str, start: Key | None, count: int) -> list[Key]:
    with client.translating():
        found = OrderItem.by_store.query(
            store_id,
            OrderItem.board_key.between(half + low, f"{half}~"),
            limit=count,
            last_evaluated_key=start,
        )
        return [_key(item, "store_id", "board_key") for item in found]


def newest_ids(store_id: str, since: str, most: int) -> list[str]:
    """The orders of a store placed since then, the newest first, living and ended ones."""
    return [place.partition("#")[2] for place in newest_places(store_id, since, "~", most)]


def newest_places(store_id: str, since: str, upto: str, most: int) -> list[str]:
    """Where those orders stand in time, `<placed_at>#<order_id>`, from `upto` back to `since`."""
    places: list[str] = []
    with client.translating():
        for half in ("open#", "done#"):
            found = OrderItem.by_store.query(
                store_id,
                OrderItem.board_key.between(half + since, half + upto),
                scan_index_forward=False,
                limit=most,
            )
            places += [item.board_key.removeprefix(half) for item in found]
    return sorted(places, reverse=True)[:most]


def newest_places_of_customer(customer_id: str, since: str, upto: str, most: int) -> list[str]:
    with client.translating():
        found = OrderItem.by_customer.query(
            customer_id,
            OrderItem.placed_key.between(since, upto),
            scan_index_forward=False,
            limit=most,
        )
        return [item.placed_key for item in found]


def with_orders(page: KeyPage) -> Iterator[tuple[Key, Order]]:
    """The orders of a page beside their keys; an index may name one that has just moved."""
    found = {order.order_id: order for order in load_orders(key["PK"]["S"] for key in page.keys)}
    for key in page.keys:
        order = found.get(key["PK"]["S"])
        if order is not None:
            yield key, order


def _page(keys: list[Key], count: int) -> KeyPage:
    return KeyPage(keys, keys[-1] if keys else None, more=len(keys) == count)


def _key(item: OrderItem, partition: str, sort: str) -> Key:
    names = ("PK", "SK", partition, sort)
    return {name: {"S": getattr(item, name)} for name in names}


def board_key_of(order: Order) -> Key:
    """The board's key of an order, to go on after it."""
    return _key(item_of(order), "store_id", "board_key")
