"""All that deciding about a new order needs, in one BatchGetItem over four tables."""

from collections.abc import Iterable
from typing import Any

import msgspec

from chalicelib.domain.allowances import Usage
from chalicelib.domain.catalogue import StoreState
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.orders import Order
from chalicelib.store import buffer_flags, catalogue
from chalicelib.store.allowances import ALLOWANCE, usage_in_raw
from chalicelib.store.client import shared_connection, translating
from chalicelib.store.order_files import ORDER, order_of
from chalicelib.store.orders import stock_key
from chalicelib.store.stock_levels import level_in
from chalicelib.store.tables import CatalogueItem, CustomerItem, OrderItem, StockItem

_PASSES_MAX = 4


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """`available` has each SKU that the store keeps; `order` is the one of this key, if any;
    `usage` is what the customer has used of their allowance; `held_by` are the open incidents
    for which the store's orders wait.
    """

    catalogue_version: int
    state: StoreState
    available: dict[str, int]
    order: Order | None
    usage: Usage = Usage()
    held_by: tuple[str, ...] = ()


def read(
    store_id: str,
    skus: Iterable[str],
    order_id: str | None = None,
    customer_id: str | None = None,
) -> Reading:
    """At most 100 items, read consistently."""
    models = (StockItem, CatalogueItem, OrderItem, CustomerItem)
    stock, shelf, orders, customers = (model.Meta.table_name for model in models)
    wanted: dict[str, list[tuple[str, str]]] = {
        shelf: [catalogue.POINTER, (store_id, catalogue.STATE), buffer_flags.FLAGS],
        stock: [(store_id, stock_key(sku)) for sku in sorted(set(skus))],
        orders: [(order_id, ORDER)] if order_id else [],
        customers: [(customer_id, ALLOWANCE)] if customer_id else [],
    }
    found = _batch_get({table: keys for table, keys in wanted.items() if keys})
    items = [CatalogueItem.from_raw_data(raw) for raw in found.get(shelf, [])]
    by_key = {(item.PK, item.SK): item for item in items}
    pointer = by_key.get(catalogue.POINTER)
    state = by_key.get((store_id, catalogue.STATE))
    flags = buffer_flags.flags_in(by_key.get(buffer_flags.FLAGS))
    levels = [StockItem.from_raw_data(raw) for raw in found.get(stock, [])]
    placed = [OrderItem.from_raw_data(raw) for raw in found.get(orders, [])]
    return Reading(
        catalogue_version=catalogue.version_in(pointer),
        state=catalogue.state_in(state) if state else StoreState(store_id=store_id),
        available={level.sku: level.sellable for level in map(level_in, levels)},
        order=order_of(placed[0]) if placed else None,
        usage=usage_in_raw(next(iter(found.get(customers, [])), None)),
        held_by=flags.holding(store_id),
    )


def _batch_get(wanted: dict[str, list[tuple[str, str]]]) -> dict[str, list[dict[str, Any]]]:
    request = {
        table: {
            "Keys": [{"PK": {"S": pk}, "SK": {"S": sk}} for pk, sk in keys],
            "ConsistentRead": True,
        }
        for table, keys in wanted.items()
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for _ in range(_PASSES_MAX):
        with translating():
            answer = shared_connection().dispatch("BatchGetItem", {"RequestItems": request})
        for table, items in answer.get("Responses", {}).items():
            found.setdefault(table, []).extend(items)
        request = answer.get("UnprocessedKeys") or {}
        if not request:
            return found
    raise Unavailable("The tables are busy; try again.")
