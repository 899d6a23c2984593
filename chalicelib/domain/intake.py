"""Orders that are taken now and placed later: what is queued, and what comes of it."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.errors import Malformed
from chalicelib.domain.order_requests import (
    OrderRequest,
    RequestedAddress,
    RequestedContact,
    RequestedFulfillment,
    RequestedLine,
)
from chalicelib.domain.orders import Actor, Change, Order, OrderEvent, happened, stock_moves

REFUSED_REPEAT = "order.repeat_refused"
Facts = tuple[tuple[str, dict[str, Any]], ...]
_HIDDEN_AT_LEAST = timedelta(seconds=5)
_HIDDEN_AT_MOST = timedelta(minutes=20)


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the queue: the order as it was answered, and under which incidents, if any."""

    order: Order
    actor: Actor
    incident_ids: tuple[str, ...] = ()


def encode(intake: Intake) -> str:
    return msgspec.json.encode(intake).decode()


def decode(body: str) -> Intake:
    """Raises `Malformed`: such a message is proven poison."""
    try:
        return msgspec.json.decode(body, type=Intake)
    except msgspec.DecodeError as error:
        raise Malformed("This is no order.") from error


def received(order: Order, actor: Actor) -> tuple[Order, tuple[OrderEvent, ...]]:
    """The order as it is answered with 202: nothing reserved, nothing to pay yet."""
    facts: Facts = (("order.received", {"channel": order.channel}),)
    waiting = msgspec.structs.replace(
        order, version=0, status="received", expires_at=None, reserved={}
    )
    return happened(waiting, facts, actor, order.placed_at)


def request_of(order: Order) -> OrderRequest:
    """What the customer asked for, to be priced and checked again."""
    place = order.fulfillment
    return OrderRequest(
        store_id=order.store_id,
        channel=order.channel,
        fulfillment=RequestedFulfillment(
            type=place.type,
            address=RequestedAddress(**msgspec.structs.asdict(place.address))
            if place.address
            else None,
            table=place.table,
            requested_at=place.requested_at,
        ),
        line_items=tuple(
            RequestedLine(
                sku=line.sku,
                quantity=line.quantity,
                options=tuple(option.choice_id for option in line.options),
            )
            for line in order.line_items
        ),
        contact=RequestedContact(**msgspec.structs.asdict(order.contact)),
        coupon_code=order.coupon_code,
        note=order.note,
        allow_duplicate=order.duplicate_meant,
    )


def begun(known: Order | None, intake: Intake) -> tuple[Order, tuple[OrderEvent, ...]]:
    """The received order to go on from, with the events that no table has yet."""
    if known is not None:
        return known, ()
    return received(intake.order, intake.actor)


def placing(
    known: Order | None, intake: Intake, placed: Order, facts: Facts, now: datetime
) -> Change:
    """The order becomes `placed`, with these facts; its past stays as it was."""
    order, events = begun(known, intake)
    placed = msgspec.structs.replace(
        placed,
        version=order.version,
        next_check_ms=order.next_check_ms,
        customer_id=order.customer_id,
    )
    after, more = happened(placed, facts, intake.actor, now)
    return Change(
        before=known,
        order=after,
        events=(*events, *more),
        stock=stock_moves("reserve", after.reserved),
        takes_guard=after.guard_key is not None,
    )


def rejecting(
    known: Order | None, intake: Intake, reason: str, facts: dict[str, Any], now: datetime
) -> Change:
    """It cannot be placed any more. Stock was never touched, and no guard was ever taken."""
    order, events = begun(known, intake)
    refused = msgspec.structs.replace(
        order, status="rejected", cancel_reason=reason, closed_at=now, guard_key=None
    )
    after, more = happened(
        refused,
        (("order.rejected", {**facts, "reason": reason}),),
        Actor("system", "system:import"),
        now,
    )
    return Change(before=known, order=after, events=(*events, *more))


def refusing_repeat(known: Order, mark: str, now: datetime) -> Change:
    """Another order was taken under this one's key: it is not placed, and this one stands."""
    facts: Facts = ((REFUSED_REPEAT, {"reason": "idempotency_key_reused", "mark": mark}),)
    after, events = happened(known, facts, Actor("system", "system:import"), now)
    return Change(before=known, order=after, events=events)


def is_doubled(waited: timedelta) -> bool:
    """Whether an order is in its 2nd, 4th, 8th … minute: some twenty times in fourteen days."""
    minutes = int(waited / timedelta(minutes=1))
    return minutes > 0 and minutes & (minutes - 1) == 0


def hidden_for(waited: timedelta) -> timedelta:
    """How long a message that cannot be placed yet is hidden: a fortieth of its age.

    So the queue drains soon after a short incident, and fourteen days take some 400 receipts.
    """
    return min(max(waited / 40, _HIDDEN_AT_LEAST), _HIDDEN_AT_MOST)
