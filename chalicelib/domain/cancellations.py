"""Ending an order that will not be fulfilled: who may, and what it frees."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from chalicelib.domain.orders import Actor, Change, Order, happened, stock_moves

BY_CUSTOMER: frozenset[str] = frozenset({"received", "placed", "confirmed"})
BY_STAFF: frozenset[str] = BY_CUSTOMER | {"accepted", "preparing", "ready"}


def request(order: Order, reason: str, actor: Actor, now: datetime) -> Change:
    """The merchant is at work already: the customer's wish is put before staff."""
    facts = (("order.cancel_requested", {"reason": reason}),)
    after, events = happened(order, facts, actor, now)
    return Change(before=order, order=after, events=events)


def close(
    order: Order,
    status: Literal["canceled", "rejected"],
    reason: str,
    actor: Actor,
    now: datetime,
    *,
    facts: tuple[tuple[str, dict[str, Any]], ...] = (),
) -> Change:
    """End an order that will not be fulfilled: its stock and its duplicate guard are freed."""
    held = dict(order.reserved)
    for sku, quantity in (order.pending_edit.reserved if order.pending_edit else {}).items():
        held[sku] = held.get(sku, 0) + quantity
    after, events = happened(
        msgspec.structs.replace(
            order,
            status=status,
            cancel_reason=reason,
            closed_at=now,
            expires_at=None,
            reserved={},
            pending_edit=None,
        ),
        (*facts, (f"order.{status}", {"reason": reason})),
        actor,
        now,
    )
    return Change(
        before=order,
        order=after,
        events=events,
        stock=stock_moves("release", held),
        frees_guard=order.guard_key is not None,
    )


def let_go(order: Order, actor: Actor, now: datetime) -> Change | None:
    """What an order still holds after its end: back to what can be sold, or sold if it left the
    store with the order. None where it holds nothing.
    """
    if not order.is_terminal or not order.reserved:
        return None
    is_sold = order.status == "completed"
    facts = (("reservation.ended", {"units": order.reserved, "sold": is_sold}),)
    after, events = happened(msgspec.structs.replace(order, reserved={}), facts, actor, now)
    stock = stock_moves("commit" if is_sold else "release", order.reserved)
    return Change(before=order, order=after, events=events, stock=stock)
