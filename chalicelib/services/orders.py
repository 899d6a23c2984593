"""Ordering: place, find, cancel. Load, decide in the domain, save in one transaction."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain import ids, orders
from chalicelib.domain.allowances import Usage
from chalicelib.domain.due import earliest_check
from chalicelib.domain.errors import InvalidInput, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.order_requests import OrderRequest, fingerprint
from chalicelib.domain.orders import Actor, Address, Change, Contact, Fulfillment, Order
from chalicelib.services import allowances, catalogue, duplicates, quotes, rules
from chalicelib.services.quotes import Quote
from chalicelib.store import order_reading
from chalicelib.store import orders as table
from chalicelib.store.client import TransactionRefused, Write
from chalicelib.store.order_files import OrderFile
from chalicelib.store.orders import AlreadyThere, OutOfStock

GUEST_KEY_LENGTH_MIN = 20
STOCK_ITEMS_MAX = 90
_TRIES_MAX = 5


class Placed(msgspec.Struct, frozen=True):
    """`replayed`: the key had been used for this very order before. `usage` was read before."""

    file: OrderFile
    replayed: bool
    usage: Usage = Usage()


def actor_of(caller: Caller) -> Actor:
    return Actor(caller.kind, caller.id)


def order_id_for(caller: Caller, key: str) -> str:
    """Where this caller's key leads. A guest's key is a secret, so it must be long."""
    if caller.key == "guest" and len(key) < GUEST_KEY_LENGTH_MIN:
        raise InvalidInput(
            f"A guest's key has at least {GUEST_KEY_LENGTH_MIN} characters.",
            code="idempotency_key_invalid",
        )
    return ids.order_id(caller.key, key)


def place(
    request: OrderRequest, caller: Caller, key: str, *, language: str, now: datetime
) -> Placed:
    """Place an order: one batch read, one transaction. The same key gives the same order.

    Raises `InvalidInput` for what the store does not sell, and `Conflict` `store_closed`,
    `price_changed`, `out_of_stock` or `possible_duplicate`, and `TooMany` when the customer's
    allowance is used up; then nothing is written.
    """
    order_id = order_id_for(caller, key)
    mark = fingerprint(request)
    quoted = quotes.quote(request, order_id, caller.customer_id)
    if quoted.reading.order is not None:
        return _replayed(order_id, mark)
    _require_orderable(quoted, request, now)
    change = _placing(request, quoted, caller, order_id, mark, language, now)
    try:
        return _save_within_allowance(change, quoted.reading.usage, now)
    except AlreadyThere:
        return _replayed(order_id, mark)
    except OutOfStock:
        skus = orders.units_of(quoted.priced.line_items)
        reading = order_reading.read(request.store_id, skus)
        raise quotes.out_of_stock(quoted, reading) from None


def _save_within_allowance(change: Change, usage: Usage, now: datetime) -> Placed:
    """Save the new order, counted upon the customer's `usage`."""
    for _ in range(_TRIES_MAX):
        allowances.require_room(usage, now)
        try:
            order = save(change, now, also=allowances.taking(change.order, usage, now))
        except TransactionRefused as refused:  # another order of theirs came between
            usage = allowances.usage_behind(refused)
            continue
        return Placed(OrderFile(order=order, events=change.events), replayed=False, usage=usage)
    raise Unavailable("Too many orders of yours at once; try again.")


def _require_orderable(quoted: Quote, request: OrderRequest, now: datetime) -> None:
    quotes.require_valid(quoted)
    if len(orders.units_of(quoted.priced.line_items)) > STOCK_ITEMS_MAX:
        raise InvalidInput("Too many different products in one order.")
    quotes.require_open(quoted, now)
    quotes.require_price(quoted, request)
    quotes.require_stock(quoted)


def _replayed(order_id: str, mark: str) -> Placed:
    file = table.load_file(order_id)
    if file.order.fingerprint != mark:
        raise InvalidInput("This key was used for another order.", code="idempotency_key_reused")
    return Placed(file, replayed=True)


def _placing(
    request: OrderRequest,
    quoted: Quote,
    caller: Caller,
    order_id: str,
    mark: str,
    language: str,
    now: datetime,
) -> Change:
    order = _new_order(request, quoted, caller, order_id, mark, now)
    order = msgspec.structs.replace(order, language=language)
    facts: list[tuple[str, dict[str, Any]]] = [("order.placed", {"channel": order.channel})]
    if order.totals.total.amount_minor == 0:
        order = msgspec.structs.replace(
            order, status="confirmed", payment_status="paid", confirmed_at=now, expires_at=None
        )
        facts.append(("order.confirmed", {}))
    after, events = orders.happened(order, tuple(facts), actor_of(caller), now)
    return Change(
        before=None,
        order=after,
        events=events,
        stock=orders.stock_moves("reserve", after.reserved),
        takes_guard=after.guard_key is not None,
    )


def _new_order(
    request: OrderRequest, quoted: Quote, caller: Caller, order_id: str, mark: str, now: datetime
) -> Order:
    store, priced = quoted.store, quoted.priced
    promise = timedelta(seconds=store.promise_seconds.get(request.fulfillment.type, 3600))
    return Order(
        order_id=order_id,
        number=ids.order_number(order_id, now),
        pickup_code=ids.pickup_code(order_id),
        version=0,
        status="placed",
        payment_status="unpaid",
        fulfillment_status="unfulfilled",
        store_id=store.store_id,
        customer_id=caller.customer_id,
        channel=request.channel,
        line_items=priced.line_items,
        totals=priced.totals,
        fulfillment=fulfillment_of(request.fulfillment),
        contact=Contact(**msgspec.structs.asdict(request.contact)),
        note=request.note,
        placed_at=now,
        updated_at=now,
        fingerprint=mark,
        expires_at=now + timedelta(seconds=store.order_expires_seconds),
        promised_at=max(now + promise, request.fulfillment.requested_at or now),
        guard_key=duplicates.guard_key(request, caller),
        guard_expires_at=now + timedelta(seconds=store.duplicate_window_seconds),
        duplicate_meant=request.allow_duplicate,
        reserved=orders.units_of(priced.line_items),
    )


def fulfillment_of(requested: Any) -> Fulfillment:
    address = requested.address
    return Fulfillment(
        type=requested.type,
        address=Address(**msgspec.structs.asdict(address)) if address else None,
        table=requested.table,
        requested_at=requested.requested_at,
    )


def save(change: Change, now: datetime, *, also: tuple[Write, ...] = ()) -> Order:
    """Write a change and date its order for the sweep."""
    check_at = earliest_check(change.order, rules.current_thresholds(now), now, receipts_due=True)
    return table.save(change, check_at=check_at, also=(*also, *allowances.giving_back(change)))


def load_for(caller: Caller, order_id: str) -> OrderFile:
    """The whole order for whoever may see it; another's order does not exist."""
    file = table.find_file(order_id)
    if file is None or not may_see(caller, file.order):
        raise table.not_found()
    return file


def may_see(caller: Caller, order: Order) -> bool:
    if caller.kind == "guest":
        return caller.order_id == order.order_id
    if caller.is_staff and caller.works_at(order.store_id):
        return True
    return caller.customer_id is not None and caller.customer_id == order.customer_id


def load_for_staff(caller: Caller, order_id: str) -> OrderFile:
    """An order of one of the caller's stores."""
    file = table.find_file(order_id)
    if file is None or not caller.works_at(file.order.store_id):
        raise table.not_found()
    return file


def stores_of(caller: Caller) -> list[str]:
    """The stores whose orders this member of staff may see."""
    everywhere = catalogue.current_snapshot().stores
    return sorted(store_id for store_id in everywhere if caller.works_at(store_id))


def find_by_key(caller: Caller, key: str) -> OrderFile:
    """«Did my order arrive?»: the order that this caller's key stands for, or `NotFound`."""
    file = table.find_file(ids.order_id(caller.key, key))
    if file is None:
        raise table.not_found()
    return file
