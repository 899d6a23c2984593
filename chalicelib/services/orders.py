"""Ordering: place, find, cancel. Load, decide in the domain, save in one transaction."""

from collections.abc import Callable
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
from chalicelib.services import allowances, catalogue, duplicates, quotes, rules, unknown_orders
from chalicelib.services.quotes import Quote
from chalicelib.store import order_reading
from chalicelib.store import orders as table
from chalicelib.store.client import TransactionRefused, Write
from chalicelib.store.order_files import OrderFile
from chalicelib.store.orders import AlreadyThere, OutOfStock

GUEST_KEY_LENGTH_MIN = 20
STOCK_ITEMS_MAX = 90
_TRIES_MAX = 5
# What else is to be saved with a change of the file that was just read.
Extend = Callable[[OrderFile, Change], Change]


class Placed(msgspec.Struct, frozen=True):
    """`replayed`: the key had been used for this very order before. `usage` was read before."""

    file: OrderFile
    replayed: bool
    usage: Usage = Usage()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An order as somebody asked for it, and the id and mark that follow from that."""

    request: OrderRequest
    caller: Caller
    order_id: str
    fingerprint: str
    language: str


def as_it_is(file: OrderFile, change: Change) -> Change:
    """Nothing more than the change itself."""
    del file
    return change


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


def asked(request: OrderRequest, caller: Caller, key: str, language: str) -> Asked:
    return Asked(
        request=request,
        caller=caller,
        order_id=order_id_for(caller, key),
        fingerprint=fingerprint(request),
        language=language,
    )


def place(
    request: OrderRequest, caller: Caller, key: str, *, language: str, now: datetime
) -> Placed:
    """Place an order: one batch read, one transaction. The same key gives the same order.

    Raises `InvalidInput` for what the store does not sell, and `Conflict` `store_closed`,
    `price_changed`, `out_of_stock` or `possible_duplicate`, and `TooMany` when the customer's
    allowance is used up; then nothing is written.
    """
    wanted = asked(request, caller, key, language)
    return place_quoted(wanted, quotes.quote(request, wanted.order_id, caller.customer_id), now)


def place_quoted(wanted: Asked, quoted: Quote, now: datetime) -> Placed:
    """Place what has just been quoted with this order's id."""
    if quoted.reading.order is not None:
        return replayed(wanted)
    require_orderable(quoted, wanted.request, now)
    quotes.require_stock(quoted)
    order, facts = confirmed_if_free(new_order(wanted, quoted, now), now)
    after, events = orders.happened(order, facts, actor_of(wanted.caller), now)
    change = Change(
        before=None,
        order=after,
        events=events,
        stock=orders.stock_moves("reserve", after.reserved),
        takes_guard=after.guard_key is not None,
    )
    try:
        return save_within_allowance(change, quoted.reading.usage, now)
    except AlreadyThere:
        return replayed(wanted)
    except OutOfStock:
        skus = orders.units_of(quoted.priced.line_items)
        reading = order_reading.read(wanted.request.store_id, skus)
        raise quotes.out_of_stock(quoted, reading) from None


def save_within_allowance(change: Change, usage: Usage, now: datetime) -> Placed:
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


def require_orderable(quoted: Quote, request: OrderRequest, now: datetime) -> None:
    """All but the stock."""
    quotes.require_valid(quoted)
    quotes.require_time_to_come(request, now)
    if len(orders.units_of(quoted.priced.line_items)) > STOCK_ITEMS_MAX:
        raise InvalidInput("Too many different products in one order.")
    quotes.require_open(quoted, now)
    quotes.require_price(quoted, request)


def replayed(wanted: Asked) -> Placed:
    """The order of this key as it is now, if it was for the same."""
    file = table.load_file(wanted.order_id)
    require_same(wanted, file.order.fingerprint)
    return Placed(file, replayed=True)


def require_same(wanted: Asked, mark: str) -> None:
    if mark != wanted.fingerprint:
        raise InvalidInput("This key was used for another order.", code="idempotency_key_reused")


def confirmed_if_free(
    order: Order, now: datetime
) -> tuple[Order, tuple[tuple[str, dict[str, Any]], ...]]:
    """Where nothing is to be paid, placing confirms."""
    placed: tuple[str, dict[str, Any]] = ("order.placed", {"channel": order.channel})
    if order.totals.total.amount_minor > 0:
        return order, (placed,)
    free = msgspec.structs.replace(
        order, status="confirmed", payment_status="paid", confirmed_at=now, expires_at=None
    )
    return free, (placed, ("order.confirmed", {}))


def new_order(wanted: Asked, quoted: Quote, now: datetime) -> Order:
    store, priced, request = quoted.store, quoted.priced, wanted.request
    promise = timedelta(seconds=store.promise_seconds.get(request.fulfillment.type, 3600))
    return Order(
        order_id=wanted.order_id,
        number=ids.order_number(wanted.order_id, now),
        pickup_code=ids.pickup_code(wanted.order_id),
        version=0,
        status="placed",
        payment_status="unpaid",
        fulfillment_status="unfulfilled",
        store_id=store.store_id,
        customer_id=wanted.caller.customer_id,
        channel=request.channel,
        line_items=priced.line_items,
        totals=priced.totals,
        fulfillment=fulfillment_of(request.fulfillment),
        contact=Contact(**msgspec.structs.asdict(request.contact)),
        language=wanted.language,
        note=request.note,
        placed_at=now,
        updated_at=now,
        fingerprint=wanted.fingerprint,
        expires_at=now + timedelta(seconds=store.order_expires_seconds),
        promised_at=max(now + promise, request.fulfillment.requested_at or now),
        guard_key=duplicates.guard_key(request, wanted.caller),
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
    file = _file(order_id)
    if not may_see(caller, file.order):
        raise table.not_found()
    return file


def load_to_change(caller: Caller, order_id: str, *roles: str) -> OrderFile:
    """For its customer or guest, and for the store's clerks or `roles`: other staff only read."""
    file = load_for(caller, order_id)
    if not is_own(caller, file.order):
        caller.require_role(*(roles or ("clerk",)))
    return file


def is_own(caller: Caller, order: Order) -> bool:
    if caller.kind == "guest":
        return caller.order_id == order.order_id
    return caller.customer_id is not None and caller.customer_id == order.customer_id


def may_see(caller: Caller, order: Order) -> bool:
    return is_own(caller, order) or (caller.is_staff and caller.works_at(order.store_id))


def load_for_staff(caller: Caller, order_id: str) -> OrderFile:
    """An order of one of the caller's stores."""
    file = _file(order_id)
    if not caller.works_at(file.order.store_id):
        raise table.not_found()
    return file


def _file(order_id: str) -> OrderFile:
    """Raises `NotFound`, or `Unavailable` while it cannot be known whether there is one."""
    file = table.find_file(order_id)
    if file is None:
        raise unknown_orders.not_known()
    return file


def stores_of(caller: Caller) -> list[str]:
    """The stores whose orders this member of staff may see."""
    everywhere = catalogue.current_snapshot().stores
    return sorted(store_id for store_id in everywhere if caller.works_at(store_id))


def find_by_key(caller: Caller, key: str) -> OrderFile:
    """«Did my order arrive?»: the order that this caller's key stands for, or `NotFound`."""
    return _file(ids.order_id(caller.key, key))
