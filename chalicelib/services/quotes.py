"""The price check: what a request costs now and what stands in its way."""

from datetime import MAXYEAR, datetime, timedelta

import msgspec

from chalicelib.domain import pricing
from chalicelib.domain.catalogue import Snapshot, Store, next_opening
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import Conflict, FieldError, InvalidInput
from chalicelib.domain.order_requests import OrderRequest
from chalicelib.domain.orders import units_of
from chalicelib.domain.pricing import Priced, Problem
from chalicelib.observability import count
from chalicelib.services import catalogue
from chalicelib.store import order_reading
from chalicelib.store.order_reading import Reading

_READS_MAX = 3
CLOCKS_DIFFER = timedelta(minutes=5)


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A request priced at one version of the catalogue, with the stock read beside it."""

    store: Store
    priced: Priced
    reading: Reading
    place_problems: tuple[Problem, ...]
    shortages: tuple[Problem, ...]
    stock_known: bool = True

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (*self.place_problems, *self.priced.problems, *self.shortages)


class PriceChanged(Conflict):
    """The buyer was shown another total than that of `quoted`."""

    code = "price_changed"

    def __init__(self, quoted: Quote) -> None:
        super().__init__("The total is not what you were shown.")
        self.quoted = quoted


def quote(
    request: OrderRequest, order_id: str | None = None, customer_id: str | None = None
) -> Quote:
    """One batch read; again only when the catalogue moved on since this environment saw it."""
    snapshot = catalogue.snapshot_at_hand()
    for _ in range(_READS_MAX):
        if request.store_id not in snapshot.stores:
            snapshot = catalogue.current_snapshot()
        store = catalogue.store_in(snapshot, request.store_id)
        prices = priced(request, store, snapshot)
        units = units_of(prices.line_items)
        reading = order_reading.read(store.store_id, units, order_id, customer_id)
        if reading.catalogue_version == snapshot.version:
            break
        snapshot = catalogue.current_snapshot(reading.catalogue_version)
    return Quote(
        store=store,
        priced=prices,
        reading=reading,
        place_problems=own_problems(request, store),
        shortages=tuple(pricing.shortages(prices, reading.available)),
    )


def own_problems(request: OrderRequest, store: Store) -> tuple[Problem, ...]:
    """What is wrong with a request before its lines are looked at."""
    return (
        *pricing.place_problems(request.fulfillment, store),
        *pricing.coupon_problems(request.coupon_code),
    )


def priced(request: OrderRequest, store: Store, snapshot: Snapshot) -> Priced:
    products = snapshot.products.get(store.store_id, {})
    return pricing.price(request.line_items, request.fulfillment.type, store, products)


def require_valid(quoted: Quote) -> None:
    """Raises `InvalidInput` with every problem that is the request's own."""
    faults = (*quoted.place_problems, *quoted.priced.problems)
    if faults:
        raise InvalidInput(
            "Some values are not valid; see errors.",
            errors=[fault.as_field_error() for fault in faults],
        )


def require_open(quoted: Quote, now: datetime, *, taken_at: datetime | None = None) -> None:
    """A pause holds now; opening hours are judged by when the order was taken."""
    state = quoted.reading.state
    if state.paused_at(now):
        until = rfc3339(state.until) if state.until else None
        raise Conflict(
            "The store has paused ordering.",
            code="store_closed",
            reason=state.reason,
            next_opening_at=until,
        )
    opening = next_opening(quoted.store, taken_at or now)
    if opening is not None:
        known = opening.year < MAXYEAR
        raise Conflict(
            "The store is closed now.",
            code="store_closed",
            next_opening_at=rfc3339(opening) if known else None,
        )


def require_price(quoted: Quote, request: OrderRequest) -> None:
    """`expected_total` is what the buyer was shown: anything else is told, not charged."""
    total = quoted.priced.totals.total
    if request.expected_total is not None and request.expected_total != total:
        raise PriceChanged(quoted)


def require_stock(quoted: Quote) -> None:
    if quoted.shortages:
        raise out_of_stock(quoted, quoted.reading)


def out_of_stock(quoted: Quote, reading: Reading) -> Conflict:
    """Names each line's SKU that cannot be had as wanted, and how many could."""
    short = []
    for line in quoted.priced.line_items:
        available = pricing.sellable(line.units, line.quantity, reading.available)
        needed = units_of(quoted.priced.line_items)
        if any(reading.available.get(sku, 0) < needed[sku] for sku in line.units):
            short.append({"sku": line.sku, "available": available, "line_id": line.line_id})
    count("OutOfStock")
    return Conflict("There is not enough stock.", code="out_of_stock", items=short)


def require_time_to_come(request: OrderRequest, now: datetime) -> None:
    """Nobody can be served at a time that has passed; clocks may differ a little."""
    wanted = request.fulfillment.requested_at
    if wanted is not None and wanted < now - CLOCKS_DIFFER:
        fault = FieldError("/fulfillment/requested_at", "This time has passed.")
        raise InvalidInput("Some values are not valid; see errors.", errors=[fault])


def opening_problems(quoted: Quote, now: datetime) -> list[Problem]:
    """A closed or paused store as a problem of the quote, not an error."""
    try:
        require_open(quoted, now)
    except Conflict as closed:
        return [Problem(pointer="/store_id", code=closed.code, detail=closed.detail)]
    return []
