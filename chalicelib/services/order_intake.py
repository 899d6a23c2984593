"""Taking an order: placed at once where that is possible, else taken now and placed later.

Later means one of two things. For an open incident the store's orders wait: the tables answer, so
the order is written as `received`, then queued. Without tables it is taken blind
(`services/blind_orders.py`).
"""

from datetime import datetime

from chalicelib.domain import intake
from chalicelib.domain.identity import Caller
from chalicelib.domain.order_requests import OrderRequest
from chalicelib.domain.orders import Change
from chalicelib.services import blind_orders, breaker, orders, quotes
from chalicelib.services.blind_orders import Taken, queue
from chalicelib.services.orders import Asked, Placed
from chalicelib.services.quotes import Quote
from chalicelib.store.orders import AlreadyThere


def take(request: OrderRequest, caller: Caller, key: str, language: str, now: datetime) -> Taken:
    """Place the order, or take it to be placed later. The same key gives the same order.

    Raises as `orders.place` does, and `Unavailable` with no durable place left.
    """
    wanted = orders.asked(request, caller, key, language)
    return breaker.first(
        now, lambda: _with_tables(wanted, now), lambda: blind_orders.take(wanted, now)
    )


def take_for_later(
    request: OrderRequest, caller: Caller, key: str, language: str, now: datetime
) -> Taken:
    """Take an order that its channel does not need placed at once, on the path of a bad day."""
    wanted = orders.asked(request, caller, key, language)
    return breaker.first(
        now,
        lambda: _with_tables(wanted, now, later=True),
        lambda: blind_orders.take(wanted, now),
    )


def _with_tables(wanted: Asked, now: datetime, *, later: bool = False) -> Taken:
    quoted = quotes.quote(wanted.request, wanted.order_id, wanted.caller.customer_id)
    if quoted.reading.order is not None:
        return Taken(placed=_queued_again(wanted, quoted))
    if later or quoted.reading.held_by:
        return Taken(placed=_recorded(wanted, quoted, now))
    return Taken(placed=orders.place_quoted(wanted, quoted, now))


def _queued_again(wanted: Asked, quoted: Quote) -> Placed:
    """Whoever took it first may have been killed before it was queued."""
    placed = orders.replayed(wanted)
    if placed.file.order.status == "received":
        queue(placed.file.order, wanted, quoted.reading.held_by)
    return placed


def _recorded(wanted: Asked, quoted: Quote, now: datetime) -> Placed:
    """Written as received, then queued: killed in between, it is found in the table."""
    orders.require_orderable(quoted, wanted.request, now)
    actor = orders.actor_of(wanted.caller)
    order, events = intake.received(orders.new_order(wanted, quoted, now), actor)
    change = Change(before=None, order=order, events=events)
    try:
        placed = orders.save_within_allowance(change, quoted.reading.usage, now)
    except AlreadyThere:
        placed = orders.replayed(wanted)
    queue(placed.file.order, wanted, quoted.reading.held_by)
    return placed
