"""Moving stock and reading it: what staff and connected systems do, each as one transaction."""

from datetime import datetime

import msgspec

from chalicelib.domain import ids, stock
from chalicelib.domain.errors import FieldError, InvalidInput, Stale, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.order_requests import fingerprint
from chalicelib.domain.orders import Actor
from chalicelib.domain.stock import Kind, Movement, MovementRequest, StockLevel
from chalicelib.services import catalogue
from chalicelib.store import stock_levels
from chalicelib.store.stock_levels import AlreadyMoved, Step

ATTEMPTS_MAX = 8


class Moved(msgspec.Struct, frozen=True):
    movement: Movement
    replayed: bool = False


def move(request: MovementRequest, caller: Caller, key: str | None, now: datetime) -> Moved:
    """Carry out a movement once, however often its key comes; the next sweep looks at its SKU.

    Raises `InvalidInput`, `NotFound`, or `Conflict` `out_of_stock` when less is there than taken.
    """
    stock.check(request)
    require_movable(request, caller)
    receipt = None
    if key is not None:
        receipt = (ids.derived("req", caller.key, "stock", key), fingerprint(request))
    for _ in range(ATTEMPTS_MAX):
        if receipt and (done := _done_before(*receipt)):
            return Moved(done, replayed=True)
        steps = _steps(request, _actor(caller), now)
        moved = [step.movement for step in steps]
        try:
            stock_levels.save(steps, receipt)
        except (AlreadyMoved, Stale):
            continue
        return Moved(moved[0])
    raise Unavailable("The stock of this product is very busy; try again.")


def require_movable(request: MovementRequest, caller: Caller) -> None:
    """Raises `NotFound` for stores that are not the caller's, `InvalidInput` for the product."""
    for store_id in filter(None, (request.store_id, request.to_store_id)):
        caller.require_store(store_id)
        _require_stocked(store_id, request.sku)


def list_movements(
    caller: Caller, store_id: str, *, sku: str | None, after: str | None, limit: int
) -> tuple[list[Movement], str | None]:
    """The newest first, and where to go on."""
    caller.require_store(store_id)
    return stock_levels.list_movements(store_id, sku=sku, after=after, limit=limit)


def settle(store_id: str, sku: str, actor: Actor, now: datetime) -> Movement | None:
    """Write missing units off against free ones, if a count left a shortfall and some are free."""
    for _ in range(ATTEMPTS_MAX):
        level = stock_levels.find_levels(store_id, [sku]).get(sku)
        if level is None or not level.shortfall or not level.available:
            return None
        step = _step(level, "settle", 0, reason="missing when counted", actor=actor, now=now)
        try:
            stock_levels.save([step])
        except Stale:
            continue
        return step.movement
    raise Unavailable("The stock of this product is very busy; try again.")


def correct(
    before: StockLevel, after: StockLevel, reason: str, actor: Actor, now: datetime
) -> Movement:
    """Put a level right whose books were off. Raises `Stale` when it has moved since."""
    known = stock_levels.find_levels(before.store_id, [before.sku])
    movement = _movement(before, after, "rebalance", 0, reason=reason, actor=actor, now=now)
    stock_levels.save([Step(before if known else None, movement)])
    return movement


def _done_before(request_id: str, fingerprint: str) -> Movement | None:
    found = stock_levels.find_receipt(request_id)
    if found is None:
        return None
    if found.fingerprint != fingerprint:
        raise InvalidInput("This key moved something else.", code="idempotency_key_reused")
    return stock_levels.load_movement(found)


def _steps(request: MovementRequest, actor: Actor, now: datetime) -> list[Step]:
    """One movement, or two for a transfer: out of one store and into the other."""
    level = stock_levels.find_levels(request.store_id, [request.sku]).get(request.sku)
    level_or_new = level or StockLevel(store_id=request.store_id, sku=request.sku)
    step = _step(
        level_or_new, request.kind, request.quantity, reason=request.reason, actor=actor, now=now
    )
    first = msgspec.structs.replace(step.movement, to_store_id=request.to_store_id)
    steps = [Step(level, first)]
    if request.to_store_id:
        steps.append(_arrival(request, request.to_store_id, actor, now))
    return steps


def _arrival(request: MovementRequest, store_id: str, actor: Actor, now: datetime) -> Step:
    level = stock_levels.find_levels(store_id, [request.sku]).get(request.sku)
    level_or_new = level or StockLevel(store_id=store_id, sku=request.sku)
    step = _step(
        level_or_new, "receive", request.quantity, reason=request.reason, actor=actor, now=now
    )
    arrived = msgspec.structs.replace(
        step.movement, kind="transfer", from_store_id=request.store_id
    )
    return Step(level, arrived)


def _step(
    level: StockLevel, kind: Kind, quantity: int, *, reason: str, actor: Actor, now: datetime
) -> Step:
    after = stock.moved(level, kind, quantity)
    return Step(level, _movement(level, after, kind, quantity, reason=reason, actor=actor, now=now))


def _movement(
    before: StockLevel,
    after: StockLevel,
    kind: Kind,
    quantity: int,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Movement:
    return Movement(
        movement_id=ids.fresh("mov"),
        store_id=before.store_id,
        sku=before.sku,
        kind=kind,
        quantity=quantity,
        reason=reason,
        at=now,
        actor=actor,
        changes=stock.changes_between(before, after),
        level=after,
    )


def _require_stocked(store_id: str, sku: str) -> None:
    snapshot = catalogue.current_snapshot()
    catalogue.store_in(snapshot, store_id)
    product = snapshot.products.get(store_id, {}).get(sku)
    if product is None:
        fault = FieldError("/sku", f"There is no such product in {store_id}.")
    elif product.bundle_of is not None:
        fault = FieldError("/sku", "A bundle has no stock of its own: move its parts.")
    else:
        return
    raise InvalidInput(fault.detail, errors=[fault])


def _actor(caller: Caller) -> Actor:
    return Actor(caller.kind, caller.id)
