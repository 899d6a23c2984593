"""The rate limits of ordering, held in the same transaction as the order that they count."""

from datetime import datetime

from chalicelib.config import settings
from chalicelib.domain import allowances
from chalicelib.domain.allowances import Limits, Usage, window_of
from chalicelib.domain.orders import Change, Order
from chalicelib.store import allowances as table
from chalicelib.store.client import TransactionRefused, Write


def limits() -> Limits:
    return Limits(settings().order_posts_per_minute, settings().unpaid_orders_max)


def require_room(usage: Usage, now: datetime) -> None:
    """Raises `TooMany`."""
    allowances.require_room(usage, limits(), now)


def taking(order: Order, usage: Usage, now: datetime) -> tuple[Write, ...]:
    """What placing writes besides; nobody is counted for whom we do not know."""
    if order.customer_id is None:
        return ()
    return (table.taking(order, usage, limits(), window_of(now)),)


def noting(order: Order) -> tuple[Write, ...]:
    """What placing an order writes besides that was counted when it was taken."""
    if order.customer_id is None or order.status != "placed":
        return ()
    return (table.noting(order.customer_id, order.order_id),)


def headers_after(usage: Usage, now: datetime) -> dict[str, str]:
    """What the caller is told of the limit once an order was counted upon `usage`."""
    limit = limits().posts_per_minute
    remaining = limit - usage.posts_in(window_of(now)) - 1
    return allowances.rate_headers(limit, remaining, allowances.seconds_left(now))


def usage_behind(refused: TransactionRefused) -> Usage:
    """What the allowance really was when it refused the order."""
    return table.usage_in_raw(refused.refusals[0].item)


def giving_back(change: Change) -> tuple[Write, ...]:
    """What a change writes besides when its order stops waiting for payment."""
    before, after = change.before, change.order
    ends = before is not None and before.status == "placed" and after.status != "placed"
    if not ends or after.customer_id is None:
        return ()
    return (table.giving_back(after.customer_id, after.order_id),)
