"""The steps of staff: the state machine from confirmed to completed, as one literal table."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain import cancellations
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import Conflict
from chalicelib.domain.money import Money
from chalicelib.domain.orders import (
    EDITABLE,
    Actor,
    Change,
    FulfillmentState,
    Order,
    Status,
    StockMove,
    happened,
    stock_moves,
)


class Act(msgspec.Struct, frozen=True):
    """A step of staff: where from, where to, and the fact that it leaves."""

    from_status: frozenset[str]
    status: Status
    fulfillment_status: FulfillmentState | None
    event: str
    fulfillment_types: frozenset[str] = frozenset({"delivery", "pickup", "dine_in"})
    needs_fulfillment: FulfillmentState | None = None


ACTS: Mapping[str, Act] = {
    "accept": Act(frozenset({"confirmed"}), "accepted", "unfulfilled", "order.accepted"),
    "reject": Act(frozenset({"confirmed"}), "rejected", None, "order.rejected"),
    "prepare": Act(frozenset({"accepted"}), "preparing", "preparing", "order.preparing"),
    "ready": Act(frozenset({"preparing"}), "ready", "ready", "order.ready"),
    "ship": Act(
        frozenset({"preparing", "ready"}), "shipped", "shipped", "order.shipped",
        frozenset({"delivery"}),
    ),
    "deliver": Act(
        frozenset({"shipped"}), "shipped", "delivered", "order.delivered", frozenset({"delivery"})
    ),
    "complete": Act(
        frozenset({"ready"}), "completed", None, "order.completed",
        frozenset({"pickup", "dine_in"}),
    ),
    "complete_delivery": Act(
        frozenset({"shipped"}), "completed", "delivered", "order.completed",
        frozenset({"delivery"}), "delivered",
    ),
}  # fmt: skip

_LEFT_THE_STORE = frozenset({"shipped", "completed"})
_HANDED_OVER: Mapping[str, FulfillmentState] = {"pickup": "picked_up", "dine_in": "served"}


def act_for(order: Order, name: str) -> Act:
    """The act of that name as it applies to this order's way of fulfillment."""
    delivery = order.fulfillment.type == "delivery"
    return ACTS["complete_delivery" if name == "complete" and delivery else name]


def allows(order: Order, name: str) -> bool:
    act = act_for(order, name)
    return (
        order.status in act.from_status
        and order.fulfillment.type in act.fulfillment_types
        and act.needs_fulfillment in {None, order.fulfillment_status}
        and not (name == "deliver" and order.fulfillment_status == "delivered")
    )


def allowed_acts(order: Order) -> list[str]:
    """What staff may do with the order now, by name."""
    acts = [name for name in ACTS if name != "complete_delivery" and allows(order, name)]
    return acts + (["cancel"] if order.status in cancellations.BY_STAFF else [])


def perform(order: Order, name: str, actor: Actor, now: datetime, **data: Any) -> Change:
    """A step of staff. Raises `Conflict` `invalid_transition` or `payment_due`."""
    act = act_for(order, name)
    if not allows(order, name):
        raise Conflict(
            f"An order that is {order.status} cannot be moved by “{name}”.",
            code="invalid_transition",
            allowed=allowed_acts(order),
        )
    if name == "complete" and order.due_minor > 0:
        raise Conflict(
            "Something is still to be paid.",
            code="payment_due",
            due=msgspec.to_builtins(Money(order.due_minor, order.currency)),
        )
    if act.status == "rejected":
        return cancellations.close(order, "rejected", str(data.get("reason", "")), actor, now)
    facts: list[tuple[str, dict[str, Any]]] = [(act.event, data)]
    moved = msgspec.structs.replace(
        order,
        status=act.status,
        fulfillment_status=_fulfillment_after(order, act),
        accepted_at=now if name == "accept" else order.accepted_at,
        closed_at=now if act.status == "completed" else order.closed_at,
    )
    moves: tuple[StockMove, ...] = ()
    if moved.pending_edit and act.status not in EDITABLE:
        moves += stock_moves("release", moved.pending_edit.reserved)
        moved = msgspec.structs.replace(moved, pending_edit=None)
        facts.append(("order.edit_dropped", {}))
    if act.status in _LEFT_THE_STORE:
        moves += stock_moves("commit", moved.reserved)
        moved = msgspec.structs.replace(moved, reserved={})
    after, events = happened(moved, tuple(facts), actor, now)
    return Change(before=order, order=after, events=events, stock=moves)


def promise(change: Change, at: datetime, actor: Actor, now: datetime) -> Change:
    """Extend a change by the promise of another time."""
    moved = msgspec.structs.replace(change.order, promised_at=at)
    fact = {"promised_at": rfc3339(at)}
    order, events = happened(moved, (("order.promise_moved", fact),), actor, now)
    return msgspec.structs.replace(change, order=order, events=(*change.events, *events))


def _fulfillment_after(order: Order, act: Act) -> FulfillmentState:
    handed_over = _HANDED_OVER.get(order.fulfillment.type, order.fulfillment_status)
    return act.fulfillment_status or handed_over
