"""What a customer has used of their allowance: one item, moved by the orders' own transactions.

The unpaid orders are held as the set of their ids, so that taking and giving back twice is once.
"""

from typing import Any

from pynamodb.expressions.condition import size
from pynamodb.expressions.update import Action

from chalicelib.domain.allowances import Limits, Usage
from chalicelib.domain.orders import Order
from chalicelib.store.client import Update
from chalicelib.store.tables import CustomerItem

ALLOWANCE = "allowance"


def usage_in(item: CustomerItem | None) -> Usage:
    if item is None:
        return Usage()
    return Usage(
        window=int(item.post_window or 0),
        posts=int(item.posts or 0),
        unpaid=len(item.unpaid_orders or ()),
    )


def usage_in_raw(raw: dict[str, Any] | None) -> Usage:
    return usage_in(CustomerItem.from_raw_data(raw) if raw else None)


def taking(order: Order, usage: Usage, limits: Limits, window: int) -> Update:
    """Count one more order. Refused when the limits are reached, or `usage` is out of date."""
    unpaid, posts, counted_in = (
        CustomerItem.unpaid_orders, CustomerItem.posts, CustomerItem.post_window,
    )  # fmt: skip
    room = unpaid.does_not_exist() | (size(unpaid) < limits.unpaid_orders)
    actions: list[Action] = [unpaid.add({order.order_id})] if order.status == "placed" else []
    if usage.window == window:
        actions.append(posts.add(1))
        room &= (counted_in == window) & (posts < limits.posts_per_minute)
    else:
        actions += [counted_in.set(window), posts.set(1)]
        room &= counted_in.does_not_exist() | (counted_in != window)
    return Update(CustomerItem(order.customer_id, ALLOWANCE), actions, room)


def noting(customer_id: str, order_id: str) -> Update:
    """The order waits for its payment, whatever the limits."""
    return Update(
        CustomerItem(customer_id, ALLOWANCE), [CustomerItem.unpaid_orders.add({order_id})]
    )


def giving_back(customer_id: str, order_id: str) -> Update:
    """The order waits for its payment no more."""
    return Update(
        CustomerItem(customer_id, ALLOWANCE), [CustomerItem.unpaid_orders.delete({order_id})]
    )
