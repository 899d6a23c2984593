"""Finding what a store has on its shelves, by words, codes or categories."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from chalicelib.domain.catalogue import Product, Snapshot
from chalicelib.domain.search import SearchIndex
from chalicelib.services import catalogue

T = TypeVar("T")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; all that is given must fit."""

    q: str | None = None
    barcode: str | None = None
    category: str | None = None


class _Indexes:
    """Of one snapshot, each built at its first search."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._of_store: dict[str, SearchIndex] = {}

    def of(self, store_id: str) -> SearchIndex:
        if store_id not in self._of_store:
            products = list(self.snapshot.products.get(store_id, {}).values())
            self._of_store[store_id] = SearchIndex(products, self.snapshot.categories)
        return self._of_store[store_id]


class _Memory:
    indexes: _Indexes | None = None


def find_products(snapshot: Snapshot, store_id: str, wanted: Wanted) -> list[Product]:
    """All products that fit, on sale or not; the best match first, else as in the catalogue."""
    catalogue.store_in(snapshot, store_id)
    if wanted.q and wanted.q.strip():
        found: Sequence[Product] = _index_of(snapshot, store_id).search(wanted.q)
    else:
        found = list(snapshot.products.get(store_id, {}).values())
    return [
        product
        for product in found
        if wanted.barcode in {None, product.barcode} and wanted.category in {None, product.category}
    ]


def page_of(items: Sequence[T], start: int, limit: int) -> tuple[Sequence[T], int | None]:
    """That many items from `start`, and where the next page starts if there is one."""
    end = start + limit
    return items[start:end], end if end < len(items) else None


def _index_of(snapshot: Snapshot, store_id: str) -> SearchIndex:
    indexes = _Memory.indexes
    if indexes is None or indexes.snapshot is not snapshot:
        indexes = _Memory.indexes = _Indexes(snapshot)
    return indexes.of(store_id)
