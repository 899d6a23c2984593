"""What the merchant's staff do with an order: take, make, hand over, and note."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain import fulfillment as domain
from chalicelib.domain import ids
from chalicelib.domain import payments as money
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import Conflict
from chalicelib.domain.identity import Caller
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor, Change, Order, happened
from chalicelib.domain.payments import Payment, ProviderEvent
from chalicelib.services import ledger_days, orders
from chalicelib.services.orders import Extend, as_it_is
from chalicelib.services.races import looking_again
from chalicelib.store import parcels
from chalicelib.store.order_files import OrderFile
from chalicelib.store.parcels import Parcel

Check = Callable[[Order], None]


@looking_again
def perform(
    order_id: str, act: str, caller: Caller, now: datetime, check: Check, **data: Any
) -> OrderFile:
    """One step. Accepting what is accepted changes nothing; every other repeat is a conflict."""
    file = orders.load_for_staff(caller, order_id)
    check(file.order)
    if act == "accept" and file.order.status == "accepted":
        return file
    change = domain.perform(file.order, act, orders.actor_of(caller), now, **data)
    return _saved(file, change, now)


@looking_again
def collect(order_id: str, caller: Caller, now: datetime, check: Check) -> OrderFile:
    """What is due was paid to staff, in cash or at their terminal."""
    file = orders.load_for_staff(caller, order_id)
    check(file.order)
    order = file.order
    if order.due_minor <= 0:
        raise Conflict("Everything is paid.", code="already_paid")
    if order.is_terminal:
        raise Conflict(
            f"An order that is {order.status} takes no payment.", code="order_not_payable"
        )
    due = Money(order.due_minor, order.currency)
    payment = _taken_by_staff(file, due, now)
    word = ProviderEvent(
        provider="on_site",
        event_id=f"collected:{payment.payment_id}",
        kind="payment.captured",
        raw_type="collected",
        occurred_at=now,
        order_id=order_id,
        payment_id=payment.payment_id,
        amount=due,
    )
    change = money.apply(order, msgspec.structs.replace(payment, amount=due), word, now)
    if change is None:
        raise Conflict("Everything is paid.", code="already_paid")
    return _saved(file, change, now)


def _taken_by_staff(file: OrderFile, due: Money, now: datetime) -> Payment:
    """The order's open payment on site, or a new one where it was to be paid otherwise."""
    order = file.order
    payment = file.payment(order.open_payment_id)
    if payment is not None and payment.provider == "on_site":
        return payment
    return Payment(
        payment_id=ids.derived("pay", order.order_id, "collect", str(order.version)),
        order_id=order.order_id,
        provider="on_site",
        method="on_site",
        status="pending",
        amount=due,
        created_at=now,
        updated_at=now,
        expires_at=now,
        fingerprint="",
    )


@looking_again
def ship(
    order_id: str, shipment: dict[str, Any], caller: Caller, now: datetime, check: Check
) -> OrderFile:
    """Hand over to the carrier, with the parcel's number if there is one."""
    file = orders.load_for_staff(caller, order_id)
    check(file.order)
    change = domain.perform(file.order, "ship", orders.actor_of(caller), now, **shipment)
    if not {"carrier", "tracking_number"} <= shipment.keys():
        return _saved(file, change, now)
    return _with_parcel(file, change, _parcel_of(shipment, now), now)


@looking_again
def add_shipment(order_id: str, parcel: dict[str, Any], caller: Caller, now: datetime) -> OrderFile:
    """A parcel of the order: who carries it, under which number, expected when."""
    file = orders.load_for_staff(caller, order_id)
    if file.order.fulfillment.type != "delivery" or file.order.is_terminal:
        raise Conflict(
            "This order has nothing to ship.",
            code="invalid_transition",
            allowed=domain.allowed_acts(file.order),
        )
    shipment = _parcel_of(parcel, now)
    change = _noted(file.order, "shipment.updated", caller, now, **shipment)
    return _with_parcel(file, change, shipment, now)


def _parcel_of(told: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {"shipment_id": ids.fresh("shp"), **told, "created_at": rfc3339(now)}


def _with_parcel(
    file: OrderFile, change: Change, shipment: dict[str, Any], now: datetime
) -> OrderFile:
    """Save the change with its parcel, and under the number by which its carrier will speak."""
    parcel = Parcel(file.order.order_id, shipment["shipment_id"])
    found_by = parcels.write_of(shipment["carrier"], shipment["tracking_number"], parcel)
    change = msgspec.structs.replace(change, documents=(shipment,))
    order = orders.save(change, now, also=(found_by,))
    return file.after(order, change)


@looking_again
def move_promise(
    order_id: str, promised_at: datetime, caller: Caller, now: datetime, check: Check
) -> OrderFile:
    file = orders.load_for_staff(caller, order_id)
    check(file.order)
    if file.order.is_terminal:
        raise Conflict(
            f"An order that is {file.order.status} has no promise to keep.",
            code="invalid_transition",
            allowed=[],
        )
    return promise(file, promised_at, orders.actor_of(caller), now)


def promise(
    file: OrderFile, at: datetime, actor: Actor, now: datetime, extend: Extend = as_it_is
) -> OrderFile:
    """Promise another time; everyone concerned is told."""
    nothing = Change(before=file.order, order=file.order, events=())
    return _saved(file, extend(file, domain.promise(nothing, at, actor, now)), now)


@looking_again
def note(order_id: str, text: str, caller: Caller, now: datetime) -> OrderFile:
    """A note among staff, on the timeline."""
    file = orders.load_for_staff(caller, order_id)
    return _saved(file, _noted(file.order, "order.noted", caller, now, text=text), now)


def _noted(order: Order, kind: str, caller: Caller, now: datetime, **data: Any) -> Change:
    after, events = happened(order, ((kind, data),), orders.actor_of(caller), now)
    return Change(before=order, order=after, events=events)


def _saved(file: OrderFile, change: Change, now: datetime) -> OrderFile:
    order = orders.save(change, now, also=ledger_days.booking(file, change))
    return file.after(order, change)
