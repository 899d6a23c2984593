"""Changing what is sold: each change of a product publishes the catalogue anew."""

from collections.abc import Callable

import msgspec

from chalicelib.domain import ids, products
from chalicelib.domain.catalogue import Product, Snapshot
from chalicelib.domain.catalogue_requests import (
    NewProduct,
    ProductPatch,
    patched_product,
    product_of,
)
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.identity import Caller
from chalicelib.domain.text import Text
from chalicelib.services import catalogue
from chalicelib.services.keywords import keywords_of
from chalicelib.store import stock_levels

Check = Callable[[Product], None]


class Listed(msgspec.Struct, frozen=True):
    product: Product
    replayed: bool = False


def load_product(caller: Caller, store_id: str, sku: str) -> Product:
    """As staff see it, on sale or not."""
    caller.require_store(store_id)
    return _product(catalogue.current_snapshot(), store_id, sku)


def add_product(request: NewProduct, caller: Caller, *, has_key: bool) -> Listed:
    """Put a product on the list. Asked again with its key, the very same one is no conflict."""
    caller.require_store(request.store_id)
    product = _searchable(product_of(request, ids.derived("prd", request.store_id, request.sku)))
    shelf = catalogue.current_snapshot().products.get(request.store_id, {})
    if has_key and shelf.get(request.sku) == product:
        return Listed(product, replayed=True)

    def edit(snapshot: Snapshot) -> Snapshot:
        store = catalogue.store_in(snapshot, request.store_id)
        others = snapshot.products.get(request.store_id, {})
        if request.sku in others:
            raise Conflict("The store has this SKU already.", code="product_exists")
        products.check(product, store, others)
        return _with_shelf(snapshot, request.store_id, {**others, product.sku: product})

    catalogue.publish(edit)
    return Listed(product)


def change_product(
    store_id: str, sku: str, patch: ProductPatch, caller: Caller, check: Check
) -> Product:
    """`check` sees the product as it is and may refuse."""
    caller.require_store(store_id)

    def edit(snapshot: Snapshot) -> Snapshot:
        before = _product(snapshot, store_id, sku)
        check(before)
        after = _searchable(patched_product(before, patch))
        shelf = snapshot.products[store_id]
        products.check(after, catalogue.store_in(snapshot, store_id), shelf)
        return _with_shelf(snapshot, store_id, {**shelf, sku: after})

    return catalogue.publish(edit).products[store_id][sku]


def remove_product(store_id: str, sku: str, caller: Caller, check: Check) -> None:
    """For good: nothing of it may be left in stock or in a bundle; else take it off sale."""
    caller.require_store(store_id)

    def edit(snapshot: Snapshot) -> Snapshot:
        check(_product(snapshot, store_id, sku))
        shelf = snapshot.products[store_id]
        if bundles := products.bundles_with(sku, shelf.values()):
            raise Conflict("It is part of a bundle.", code="product_in_bundle", bundles=bundles)
        _require_none_left(store_id, sku)
        return _with_shelf(snapshot, store_id, {k: v for k, v in shelf.items() if k != sku})

    catalogue.publish(edit)


def name_category(category: str, name: Text) -> Text:
    """What people read for a category's id. New ones come last in the menu."""
    products.check_category(category, name)
    catalogue.publish(
        lambda snapshot: msgspec.structs.replace(
            snapshot, categories={**snapshot.categories, category: name}
        )
    )
    return name


def _require_none_left(store_id: str, sku: str) -> None:
    level = stock_levels.find_levels(store_id, [sku]).get(sku)
    if level is not None and (level.available or level.reserved):
        raise Conflict(
            "Some of it is left: count it to zero first, or set active to false.",
            code="stock_left",
            available=level.available,
            reserved=level.reserved,
        )


def _product(snapshot: Snapshot, store_id: str, sku: str) -> Product:
    catalogue.store_in(snapshot, store_id)
    product = snapshot.products.get(store_id, {}).get(sku)
    if product is None:
        raise NotFound("The store has no such product.", code="product_not_found")
    return product


def _searchable(product: Product) -> Product:
    return msgspec.structs.replace(product, keywords=keywords_of(product.name))


def _with_shelf(snapshot: Snapshot, store_id: str, shelf: dict[str, Product]) -> Snapshot:
    return msgspec.structs.replace(snapshot, products={**snapshot.products, store_id: shelf})
