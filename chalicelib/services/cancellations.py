"""Ending an order early: its open payment closed, its stock freed, its money given back."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.domain import cancellations as domain
from chalicelib.domain import fulfillment
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.orders import Actor, Change, Order
from chalicelib.services import orders, payments, refund_drive, refunds
from chalicelib.services.orders import Extend, as_it_is
from chalicelib.services.races import looking_again
from chalicelib.store import orders as table
from chalicelib.store.order_files import OrderFile

Check = Callable[[Order], None]


@looking_again
def cancel(order_id: str, reason: str, caller: Caller, now: datetime, check: Check) -> OrderFile:
    """By the customer until the merchant accepts, by staff until it is handed over.

    Later a customer's wish becomes a request to staff, on the timeline and to the merchant.
    Canceling what is canceled already changes nothing. `check` may refuse the version seen.
    """
    file = orders.load_to_change(caller, order_id)
    if file.order.status == "canceled":
        return file
    check(file.order)
    staff = caller.is_staff and caller.works_at(file.order.store_id) and caller.has_role("clerk")
    allowed = domain.BY_STAFF if staff else domain.BY_CUSTOMER
    if not staff and file.order.status in domain.BY_STAFF - domain.BY_CUSTOMER:
        wish = domain.request(file.order, reason, orders.actor_of(caller), now)
        return file.after(orders.save(wish, now), wish)
    if file.order.status not in allowed:
        raise Conflict(
            f"An order that is {file.order.status} can no longer be canceled.",
            code="invalid_transition",
            allowed=fulfillment.allowed_acts(file.order) if staff else [],
        )
    return give_up(file, reason, orders.actor_of(caller), now)


def give_up(
    file: OrderFile, reason: str, actor: Actor, now: datetime, extend: Extend = as_it_is
) -> OrderFile:
    """Cancel an order that `actor` may cancel."""
    file = _without_payable(file, now)
    change = domain.close(file.order, "canceled", reason, actor, now)
    return end(file, extend(file, change), actor, now)


@looking_again
def reject(order_id: str, reason: str, caller: Caller, now: datetime, check: Check) -> OrderFile:
    """The merchant will not make it: everything goes back."""
    file = orders.load_for_staff(caller, order_id)
    check(file.order)
    actor = orders.actor_of(caller)
    change = fulfillment.perform(file.order, "reject", actor, now, reason=reason)
    return end(file, change, actor, now)


def end(file: OrderFile, change: Change, actor: Actor, now: datetime) -> OrderFile:
    """Save the ending together with the promise of all money back, then ask for that money."""
    reason = change.order.cancel_reason or change.order.status
    change = refunds.promise_everything(file, change, reason, actor, now)
    orders.save(change, now)
    if change.order.refund_pending_minor:
        refund_drive.drive_pending(file.order.order_id, now)
    return table.load_file(file.order.order_id)


def _without_payable(file: OrderFile, now: datetime) -> OrderFile:
    """A provider that cannot be reached does not keep the order alive: money that comes late is
    given back by the sweep.
    """
    try:
        return payments.without_payable(file, now)
    except Unavailable:
        return table.load_file(file.order.order_id)


def let_go(order_id: str, actor: Actor, now: datetime) -> bool:
    """Free what an order still holds after its end; whether it held anything."""
    change = domain.let_go(table.load_order(order_id), actor, now)
    if change is None:
        return False
    orders.save(change, now)
    return True


def expire(order_id: str, actor: Actor, now: datetime) -> bool:
    """Let an unpaid order go when its time is over and its payment is closed at the provider.

    Raises `Unavailable` while the provider cannot say; then nothing is decided.
    """
    file = table.load_file(order_id)
    order = file.order
    if order.status != "placed" or order.expires_at is None or order.expires_at > now:
        return False
    file = payments.without_payable(file, now)
    if file.order.status != "placed" or file.order.captured_minor:
        return False
    end(file, domain.close(file.order, "canceled", "payment_expired", actor, now), actor, now)
    return True
