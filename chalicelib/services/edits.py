"""Editing a placed order: priced again, stock moved by the difference, money settled."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain import edits as domain
from chalicelib.domain import orders as order_domain
from chalicelib.domain import pricing
from chalicelib.domain.edits import Wanted
from chalicelib.domain.errors import Conflict
from chalicelib.domain.identity import Caller
from chalicelib.domain.order_requests import (
    EditRequest,
    OrderRequest,
    RequestedAddress,
    RequestedContact,
    RequestedFulfillment,
    RequestedLine,
)
from chalicelib.domain.orders import Actor, Contact, Order
from chalicelib.services import orders, payments, quotes, refund_drive, refunds
from chalicelib.services.orders import Extend, as_it_is
from chalicelib.services.quotes import Quote
from chalicelib.services.races import looking_again
from chalicelib.store import orders as table
from chalicelib.store.order_files import OrderFile
from chalicelib.store.orders import OutOfStock

PAY_DIFFERENCE_WITHIN = timedelta(minutes=15)
Check = Callable[[Order], None]


@looking_again
def edit(
    order_id: str, wish: EditRequest, caller: Caller, now: datetime, check: Check
) -> OrderFile:
    """Change an order until its preparation starts.

    Raises `Conflict` `order_not_editable`, `out_of_stock` or `price_changed`; then nothing moved.
    """
    file = orders.load_to_change(caller, order_id)
    check(file.order)
    if file.order.status not in order_domain.EDITABLE:
        raise Conflict(
            f"An order that is {file.order.status} can no longer be changed.",
            code="order_not_editable",
        )
    wanted, quoted = _wanted(file.order, wish)
    try:
        return rewrite(file, wanted, orders.actor_of(caller), now)
    except OutOfStock:
        raise quotes.out_of_stock(quoted, quoted.reading) from None


def rewrite(
    file: OrderFile, wanted: Wanted, actor: Actor, now: datetime, extend: Extend = as_it_is
) -> OrderFile:
    """Have the order as it shall be, and settle the difference. Raises `OutOfStock`."""
    order_id = file.order.order_id
    if wanted.totals.total != file.order.totals.total:
        file = payments.without_payable(file, now)
    change = domain.edit(file.order, wanted, actor, now, now + PAY_DIFFERENCE_WITHIN)
    change = extend(file, change)
    excess = change.order.excess_minor
    if excess > 0:
        change = refunds.promise(file, change, excess, "order_changed", actor, now)
    order = orders.save(change, now)
    if excess > 0:
        refund_drive.drive_pending(order_id, now)
        return table.load_file(order_id)
    return file.after(order, change)


def drop_expired(order_id: str, actor: Actor, now: datetime) -> bool:
    """Give up an edit whose difference was not paid in time."""
    file = table.load_file(order_id)
    held = file.order.pending_edit
    if held is None or held.expires_at > now:
        return False
    file = payments.without_payable(file, now)
    change = domain.drop(file.order, actor, now)
    if change is None:
        return False
    orders.save(change, now)
    return True


def _wanted(order: Order, wish: EditRequest) -> tuple[Wanted, Quote]:
    request = _as_request(order, wish)
    quoted = quotes.quote(request)
    quotes.require_valid(quoted)
    quotes.require_price(quoted, request)
    same_lines = request.line_items == _requested_lines(order)
    # Lines that were not touched keep the prices at which they were bought.
    lines = order.line_items if same_lines else quoted.priced.line_items
    wanted = Wanted(
        line_items=lines,
        totals=pricing.totals_of(lines, request.fulfillment.type, quoted.store),
        fulfillment=orders.fulfillment_of(request.fulfillment),
        contact=Contact(**msgspec.structs.asdict(request.contact)),
        note=request.note,
    )
    return wanted, quoted


def _as_request(order: Order, wish: EditRequest) -> OrderRequest:
    """The order as if it were placed again, with what is wished instead."""
    unset = msgspec.UNSET
    return OrderRequest(
        store_id=order.store_id,
        channel=order.channel,
        fulfillment=_requested_fulfillment(order)
        if wish.fulfillment is unset
        else wish.fulfillment,
        line_items=_requested_lines(order) if wish.line_items is unset else wish.line_items,
        contact=RequestedContact(**msgspec.structs.asdict(order.contact))
        if wish.contact is unset
        else wish.contact,
        note=order.note if wish.note is unset else wish.note,
        expected_total=wish.expected_total,
    )


def _requested_lines(order: Order) -> tuple[RequestedLine, ...]:
    return tuple(
        RequestedLine(
            sku=line.sku,
            quantity=line.quantity,
            options=tuple(option.choice_id for option in line.options),
        )
        for line in order.line_items
    )


def _requested_fulfillment(order: Order) -> RequestedFulfillment:
    kept = order.fulfillment
    return RequestedFulfillment(
        type=kept.type,
        address=RequestedAddress(**msgspec.structs.asdict(kept.address)) if kept.address else None,
        table=kept.table,
        requested_at=kept.requested_at,
    )
