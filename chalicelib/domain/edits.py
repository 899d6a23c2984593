"""Changing an order after it was placed: what moves in stock, and who owes whom the difference."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain import orders
from chalicelib.domain.errors import Conflict
from chalicelib.domain.orders import (
    Actor,
    Change,
    Contact,
    Fulfillment,
    LineItem,
    Order,
    PendingEdit,
    StockMove,
    Totals,
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The order as it shall be, priced."""

    line_items: tuple[LineItem, ...]
    totals: Totals
    fulfillment: Fulfillment
    contact: Contact
    note: str | None

    @property
    def units(self) -> dict[str, int]:
        return orders.units_of(self.line_items)


def edit(order: Order, wanted: Wanted, actor: Actor, now: datetime, pay_until: datetime) -> Change:
    """Apply an edit, or hold it with its stock until the difference is paid.

    Raises `Conflict` `order_not_editable` once preparation has begun.
    """
    if order.status not in orders.EDITABLE:
        raise Conflict(
            f"An order that is {order.status} can no longer be changed.", code="order_not_editable"
        )
    cleared, released = _without_pending(order)
    rises = wanted.totals.total.amount_minor > order.totals.total.amount_minor
    if order.captured_minor and rises:
        change = _hold(cleared, wanted, actor, now, pay_until)
    else:
        change = _apply(cleared, wanted, actor, now)
    return msgspec.structs.replace(
        change,
        before=order,
        stock=merged_moves((*released, *change.stock)),
        frees_guard=order.guard_key is not None and wanted.line_items != order.line_items,
    )


def applied_fields(order: Order, edited: Wanted | PendingEdit, units: dict[str, int]) -> Order:
    return msgspec.structs.replace(
        order,
        line_items=edited.line_items,
        totals=edited.totals,
        fulfillment=edited.fulfillment,
        contact=edited.contact,
        note=edited.note,
        reserved=units,
        pending_edit=None,
    )


def settle(order: Order) -> tuple[Order, tuple[StockMove, ...]]:
    """The order with its pending edit applied, now that the difference is paid."""
    held = order.pending_edit
    if held is None:
        return order, ()
    final = orders.units_of(held.line_items)
    present = {**order.reserved}
    for sku, quantity in held.reserved.items():
        present[sku] = present.get(sku, 0) + quantity
    return applied_fields(order, held, final), difference(present, final)


def drop(order: Order, actor: Actor, now: datetime) -> Change | None:
    """Forget a pending edit whose difference was not paid in time; its stock is freed."""
    if order.pending_edit is None:
        return None
    cleared, released = _without_pending(order)
    after, events = orders.happened(cleared, (("order.edit_dropped", {}),), actor, now)
    return Change(before=order, order=after, events=events, stock=released)


def difference(present: Mapping[str, int], final: Mapping[str, int]) -> tuple[StockMove, ...]:
    """What to reserve and release to get from the units held to the units wanted."""
    skus = present.keys() | final.keys()
    more = {sku: final.get(sku, 0) - present.get(sku, 0) for sku in skus}
    less = {sku: -quantity for sku, quantity in more.items()}
    return (*orders.stock_moves("reserve", more), *orders.stock_moves("release", less))


def merged_moves(moves: tuple[StockMove, ...]) -> tuple[StockMove, ...]:
    """One move a SKU: a transaction touches each stock item once."""
    net: dict[str, int] = {}
    for move in moves:
        sign = 1 if move.kind == "reserve" else -1
        net[move.sku] = net.get(move.sku, 0) + sign * move.quantity
    return difference({}, {sku: n for sku, n in net.items() if n > 0}) + difference(
        {sku: -n for sku, n in net.items() if n < 0}, {}
    )


def _without_pending(order: Order) -> tuple[Order, tuple[StockMove, ...]]:
    held = order.pending_edit
    if held is None:
        return order, ()
    cleared = msgspec.structs.replace(order, pending_edit=None)
    return cleared, orders.stock_moves("release", held.reserved)


def _hold(order: Order, wanted: Wanted, actor: Actor, now: datetime, pay_until: datetime) -> Change:
    moves = tuple(m for m in difference(order.reserved, wanted.units) if m.kind == "reserve")
    held = PendingEdit(
        line_items=wanted.line_items,
        totals=wanted.totals,
        fulfillment=wanted.fulfillment,
        contact=wanted.contact,
        note=wanted.note,
        reserved={move.sku: move.quantity for move in moves},
        expires_at=pay_until,
    )
    data = {"total": msgspec.to_builtins(wanted.totals.total)}
    after, events = orders.happened(
        msgspec.structs.replace(order, pending_edit=held),
        (("order.edit_pending", data),),
        actor,
        now,
    )
    return Change(before=order, order=after, events=events, stock=moves)


def _apply(order: Order, wanted: Wanted, actor: Actor, now: datetime) -> Change:
    data: dict[str, Any] = {
        "total": msgspec.to_builtins(wanted.totals.total),
        "lines": [{"sku": line.sku, "quantity": line.quantity} for line in wanted.line_items],
        "changed": _changed(order, wanted),
    }
    edited = applied_fields(order, wanted, wanted.units)
    after, events = orders.happened(edited, (("order.changed", data),), actor, now)
    moves = difference(order.reserved, wanted.units)
    return Change(before=order, order=after, events=events, stock=moves)


def _changed(order: Order, wanted: Wanted) -> list[str]:
    """Names of what differs: values stay out of the log, where they could be personal."""
    names = ("line_items", "fulfillment", "contact", "note")
    return [name for name in names if getattr(order, name) != getattr(wanted, name)]
