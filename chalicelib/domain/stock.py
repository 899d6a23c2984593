"""Stock levels and the movements that change them, so that every unit received is accounted for.

Orders move units between `available`, `reserved` and `sold`; movements alone bring units in and
write them off. The books of a level balance when
`received = available + reserved + sold + written_off` and none is negative.

A count that finds less than is reserved leaves a `shortfall`: reserved units that are not there.
Nothing can be reserved until it is settled, out of the next units that come in or are released.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chalicelib.domain.catalogue import Product
from chalicelib.domain.errors import Conflict, FieldError, InvalidInput
from chalicelib.domain.order_requests import Id, Sku
from chalicelib.domain.orders import Actor

QUANTITY_MAX = 1_000_000
BOOKED = ("available", "reserved", "sold", "received", "written_off", "shortfall")
RequestedKind = Literal["receive", "adjust", "count", "damage", "transfer"]
Kind = Literal["receive", "adjust", "count", "damage", "transfer", "settle", "rebalance"]


class StockLevel(msgspec.Struct, frozen=True, kw_only=True):
    """The units of one SKU in one store."""

    store_id: str
    sku: str
    available: int = 0
    reserved: int = 0
    sold: int = 0
    received: int = 0
    written_off: int = 0
    shortfall: int = 0

    @property
    def on_hand(self) -> int:
        """What should physically be there."""
        return self.available + self.reserved - self.shortfall

    @property
    def sellable(self) -> int:
        return max(0, self.available - self.shortfall)


class MovementRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /v1/ops/stock/movements`."""

    sku: Sku
    store_id: Id
    kind: RequestedKind
    quantity: Annotated[int, Meta(ge=-QUANTITY_MAX, le=QUANTITY_MAX)]
    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    to_store_id: Id | None = None


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a store's stock ledger; `changes` are what it added to the level's fields."""

    movement_id: str
    store_id: str
    sku: str
    kind: Kind
    quantity: int
    reason: str
    at: datetime
    actor: Actor
    changes: dict[str, int]
    level: StockLevel
    from_store_id: str | None = None
    to_store_id: str | None = None


def check(request: MovementRequest) -> None:
    """Raises `InvalidInput` for a quantity or a target that the kind cannot have."""
    faults = []
    if request.kind == "adjust":
        if request.quantity == 0:
            faults.append(FieldError("/quantity", "An adjustment adds or takes something."))
    elif request.quantity < (0 if request.kind == "count" else 1):
        faults.append(FieldError("/quantity", "The quantity is too small."))
    if (request.kind == "transfer") != (request.to_store_id is not None):
        faults.append(FieldError("/to_store_id", "A transfer, and only that, names a target."))
    elif request.to_store_id == request.store_id:
        faults.append(FieldError("/to_store_id", "The target is another store."))
    if faults:
        raise InvalidInput("This movement makes no sense; see errors.", errors=faults)


def moved(level: StockLevel, kind: Kind, quantity: int) -> StockLevel:
    """The level after a movement. Raises `Conflict` when fewer units can be taken than asked."""
    if kind == "count":
        return _counted(level, quantity)
    if kind == "settle":
        return _settled(level)
    if kind == "receive" or (kind == "adjust" and quantity > 0):
        return _settled(
            _with(level, available=level.available + quantity, received=level.received + quantity)
        )
    taken = abs(quantity)
    if taken > level.sellable:
        raise Conflict(
            f"Only {level.sellable} of {level.sku} can be taken.",
            code="out_of_stock",
            sku=level.sku,
            available=level.sellable,
        )
    if kind == "transfer":
        return _with(level, available=level.available - taken, received=level.received - taken)
    return _with(level, available=level.available - taken, written_off=level.written_off + taken)


def changes_between(before: StockLevel, after: StockLevel) -> dict[str, int]:
    """What was added to each booked field that changed."""
    added = {name: getattr(after, name) - getattr(before, name) for name in BOOKED}
    return {name: n for name, n in added.items() if n}


def available_of(product: Product, levels: Mapping[str, StockLevel]) -> int:
    """How many can be had now; of a bundle, as many as its scarcest part allows."""
    if product.bundle_of is None:
        return _sellable(levels, product.sku)
    return min(
        (_sellable(levels, part.sku) // part.quantity for part in product.bundle_of), default=0
    )


def stocked_skus(products: Iterable[Product]) -> list[str]:
    """The SKUs whose levels tell how many of these products can be had."""
    return list(
        dict.fromkeys(
            sku
            for product in products
            for sku in (
                [part.sku for part in product.bundle_of] if product.bundle_of else [product.sku]
            )
        )
    )


def ledger_faults(level: StockLevel, movements: Iterable[Movement]) -> list[str]:
    """Where the level differs from the sum of all its movements."""
    faults = []
    rows = list(movements)
    for name in ("received", "written_off", "shortfall"):
        total = sum(row.changes.get(name, 0) for row in rows)
        if total != getattr(level, name):
            faults.append(f"{name} is {getattr(level, name)} but its movements add up to {total}")
    return faults


def _sellable(levels: Mapping[str, StockLevel], sku: str) -> int:
    return levels[sku].sellable if sku in levels else 0


def _counted(level: StockLevel, counted: int) -> StockLevel:
    """What was counted is what there is: the books balance afterwards, whatever was off before."""
    available = max(0, counted - level.reserved)
    booked = level.received - level.reserved - level.sold - level.written_off
    found = available - booked
    return _with(
        level,
        available=available,
        received=level.received + max(0, found),
        written_off=level.written_off + max(0, -found),
        shortfall=max(0, level.reserved - counted),
    )


def _settled(level: StockLevel) -> StockLevel:
    """Units that were missing when counted are written off against those that are free."""
    settled = min(level.available, level.shortfall)
    return _with(
        level,
        available=level.available - settled,
        written_off=level.written_off + settled,
        shortfall=level.shortfall - settled,
    )


def _with(level: StockLevel, **fields: int) -> StockLevel:
    return msgspec.structs.replace(level, **fields)
