"""What a shop shows, on any day: by the tables, or by the standing snapshot while they are down.

Without tables the prices are those of the snapshot, and nobody knows the stock.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from chalicelib.domain import stock
from chalicelib.domain.catalogue import Product, Snapshot, StoreState
from chalicelib.domain.order_requests import OrderRequest
from chalicelib.services import breaker, catalogue, quotes, standing_snapshot
from chalicelib.services.quotes import Quote
from chalicelib.services.standing_snapshot import StandingSnapshot
from chalicelib.store import stock_levels
from chalicelib.store.order_reading import Reading

T = TypeVar("T")


class Stocked(msgspec.Struct, frozen=True):
    """`available` is None where nobody can know it now."""

    product: Product
    available: int | None


class Storefront(Protocol):
    """What there is to show."""

    snapshot: Snapshot

    def states_of(self, store_ids: Iterable[str]) -> Mapping[str, StoreState]: ...

    def stocked(self, store_id: str, products: Sequence[Product]) -> list[Stocked]: ...


def show(now: datetime, view: Callable[[Storefront], T]) -> T:
    """The view of what the tables hold, else of what stands while they are down."""
    return breaker.first(
        now, lambda: view(_Live()), lambda: view(_Standing(standing_snapshot.current(now)))
    )


def quote(request: OrderRequest, now: datetime) -> Quote:
    """The price check; `stock_known` tells whether the stock was looked at."""
    return breaker.first(
        now, lambda: quotes.quote(request), lambda: quote_without_tables(request, now)
    )


def quote_without_tables(request: OrderRequest, now: datetime) -> Quote:
    """By the standing snapshot. Raises `Unavailable` where even that cannot be had."""
    standing = standing_snapshot.current(now)
    store = catalogue.store_in(standing.catalogue, request.store_id)
    reading = Reading(
        catalogue_version=standing.catalogue.version,
        state=standing.state_of(store.store_id),
        available={},
        order=None,
    )
    return Quote(
        store=store,
        priced=quotes.priced(request, store, standing.catalogue),
        reading=reading,
        place_problems=quotes.own_problems(request, store),
        shortages=(),
        stock_known=False,
    )


class _Live:
    def __init__(self) -> None:
        self.snapshot = catalogue.current_snapshot()

    def states_of(self, store_ids: Iterable[str]) -> Mapping[str, StoreState]:
        return catalogue.states_of(store_ids)

    def stocked(self, store_id: str, products: Sequence[Product]) -> list[Stocked]:
        """With bundles' parts included, in one batch read."""
        levels = stock_levels.find_levels(store_id, stock.stocked_skus(products))
        return [Stocked(product, stock.available_of(product, levels)) for product in products]


class _Standing:
    def __init__(self, standing: StandingSnapshot) -> None:
        self.snapshot = standing.catalogue
        self._states = standing.states

    def states_of(self, store_ids: Iterable[str]) -> Mapping[str, StoreState]:
        del store_ids
        return self._states

    def stocked(self, store_id: str, products: Sequence[Product]) -> list[Stocked]:
        del store_id
        return [Stocked(product, None) for product in products]
