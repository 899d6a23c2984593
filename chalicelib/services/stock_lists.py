"""The stock of the stores that somebody works at, product by product."""

from collections.abc import Iterator, Sequence

import msgspec

from chalicelib.domain.catalogue import Product
from chalicelib.domain.identity import Caller
from chalicelib.domain.stock import StockLevel
from chalicelib.services import catalogue, shelves
from chalicelib.services.shelves import Wanted
from chalicelib.store import stock_levels


class StockRow(msgspec.Struct, frozen=True):
    product: Product
    level: StockLevel


class StockedPage(msgspec.Struct, frozen=True):
    rows: list[StockRow]
    next_start: int | None


def list_stock(
    caller: Caller, store_id: str | None, wanted: Wanted, *, start: int, limit: int
) -> StockedPage:
    """Of one store or of all of the caller's; bundles have no stock of their own."""
    places = list(_places(caller, store_id, wanted))
    page, following = shelves.page_of(places, start, limit)
    return StockedPage(_with_levels(page), following)


def whole_stock(caller: Caller, store_id: str) -> list[StockRow]:
    """Everything that a store keeps, for a file."""
    return _with_levels(list(_places(caller, store_id, Wanted())))


def _places(caller: Caller, store_id: str | None, wanted: Wanted) -> Iterator[tuple[str, Product]]:
    snapshot = catalogue.current_snapshot()
    if store_id is not None:
        caller.require_store(store_id)
    for place in [store_id] if store_id else filter(caller.works_at, snapshot.stores):
        for product in shelves.find_products(snapshot, place, wanted):
            if product.bundle_of is None:
                yield place, product


def _with_levels(places: Sequence[tuple[str, Product]]) -> list[StockRow]:
    levels = {
        (store_id, sku): level
        for store_id in dict.fromkeys(store_id for store_id, _ in places)
        for sku, level in stock_levels.find_levels(
            store_id, [product.sku for place, product in places if place == store_id]
        ).items()
    }
    return [
        StockRow(
            product,
            levels.get((store_id, product.sku), StockLevel(store_id=store_id, sku=product.sku)),
        )
        for store_id, product in places
    ]
