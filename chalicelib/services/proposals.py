"""What is proposed to a customer when something is missing, late, or ordered twice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain import question_words as words
from chalicelib.domain.catalogue import Product
from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.orders import LineItem, Order
from chalicelib.domain.questions import CHOICES
from chalicelib.services import catalogue
from chalicelib.services.questions import Draft
from chalicelib.store import stock_levels

_LOOKED_AT_MAX = 40
# Of the promised time, what is still to do: the whole of it, or half when they are at it.
_TO_DO: Mapping[str, int] = {"placed": 1, "confirmed": 1, "accepted": 1, "preparing": 2}
_ALMOST_DONE = 4
_LEAST = timedelta(minutes=10)
_STEP_SECONDS = 300


def substitute(order: Order, line_id: str, sku: str | None = None) -> Draft:
    """For a line out of stock: `sku`, or else what comes nearest to it."""
    line = _line(order, line_id)
    shelf = catalogue.current_snapshot().products.get(order.store_id, {})
    instead = _replacing(line, _named(shelf, sku) if sku else _nearest(order, line, shelf))
    return Draft(
        kind="substitute",
        text=words.out_of_stock(line, instead),
        choices=tuple(c for c in CHOICES["substitute"] if instead or c != "take_substitute"),
        line_id=line_id,
        instead=instead,
    )


def new_time(order: Order, now: datetime, at: datetime | None = None) -> Draft:
    """`at`, or else when the order can be expected by what is still to be done."""
    store = catalogue.store_of(order)
    if at is not None and at <= now:
        raise InvalidInput(
            "A new time lies ahead.", errors=[FieldError("/promised_at", "A time to come.")]
        )
    expected = at or _expected(order, store.promise_seconds.get(order.fulfillment.type, 3600), now)
    local = f"{expected.astimezone(ZoneInfo(store.time_zone)):%Y-%m-%d %H:%M}"
    to_the_store = "pickup" in store.fulfillment_types
    return Draft(
        kind="new_time",
        text=words.later(local),
        choices=tuple(c for c in CHOICES["new_time"] if to_the_store or c != "pick_up"),
        promised_at=expected,
    )


def meant_twice(first: Order) -> Draft:
    """Of an order that repeats `first`."""
    return Draft(
        kind="meant_twice", text=words.meant_twice(first.number), choices=CHOICES["meant_twice"]
    )


def _expected(order: Order, usual_seconds: int, now: datetime) -> datetime:
    left = timedelta(seconds=usual_seconds) / _TO_DO.get(order.status, _ALMOST_DONE)
    at = (now + max(left, _LEAST)).replace(microsecond=0)
    return at + timedelta(seconds=-int(at.timestamp()) % _STEP_SECONDS)


def _line(order: Order, line_id: str) -> LineItem:
    for line in order.line_items:
        if line.line_id == line_id:
            return line
    raise InvalidInput("Which line?", errors=[FieldError("/line_id", "There is no such line.")])


def _named(shelf: Mapping[str, Product], sku: str) -> Product:
    product = shelf.get(sku)
    if product is None or not _is_plain(product):
        detail = "Another product of the store that needs no choice and is no bundle."
        raise InvalidInput("Not a substitute.", errors=[FieldError("/substitute_sku", detail)])
    return product


def _nearest(order: Order, line: LineItem, shelf: Mapping[str, Product]) -> Product | None:
    """The product's own list in its order, else the same category at the nearest price below."""
    missing = shelf.get(line.sku)
    if missing is None:
        return None
    listed = [shelf[sku] for sku in missing.substitutes if sku in shelf]
    alike = sorted(
        (
            product
            for product in shelf.values()
            if product.category == missing.category
            and product.price.amount_minor <= line.unit_price.amount_minor
        ),
        key=lambda product: (-product.price.amount_minor, product.sku),
    )
    plain = (one for one in listed or alike if one.sku != line.sku and _is_plain(one))
    candidates = list(islice(plain, _LOOKED_AT_MAX))
    levels = stock_levels.find_levels(order.store_id, [product.sku for product in candidates])
    enough = (
        product
        for product in candidates
        if product.sku in levels and levels[product.sku].sellable >= line.quantity
    )
    return next(enough, None)


def _is_plain(product: Product) -> bool:
    needs_choice = any(option.required for option in product.options)
    return product.active and product.bundle_of is None and not needs_choice


def _replacing(line: LineItem, product: Product | None) -> LineItem | None:
    """In the line's place, never dearer than what was bought."""
    if product is None:
        return None
    price = min(product.price, line.unit_price, key=lambda money: money.amount_minor)
    return msgspec.structs.replace(
        line,
        sku=product.sku,
        name=product.name,
        unit_price=price,
        line_total=price * line.quantity,
        options=(),
        units={product.sku: line.quantity},
    )
