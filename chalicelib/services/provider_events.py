"""A provider's word about money, folded into its order in one transaction."""

from datetime import datetime

from chalicelib.domain import disputes, payments, refunds
from chalicelib.domain.errors import NotFound, Stale, Unavailable
from chalicelib.domain.orders import Change, Order
from chalicelib.domain.payments import Payment, ProviderEvent
from chalicelib.services import ledger_days, orders
from chalicelib.store import day_book
from chalicelib.store import orders as table
from chalicelib.store.client import Write
from chalicelib.store.order_files import OrderFile

_TRIES_MAX = 5


class NotTaken(NotFound):
    """Money of a payment is to go back of which we do not know yet that it was taken."""

    def __init__(self, payment: Payment) -> None:
        super().__init__("That payment was not captured.")
        self.payment_id = payment.payment_id


def load(event: ProviderEvent) -> OrderFile:
    """The order that an event is about. Raises `NotFound` when it names none of ours."""
    if not event.order_id:
        raise NotFound("It names no order.", code="order_not_found")
    return table.load_file(event.order_id)


def apply(
    event: ProviderEvent,
    now: datetime,
    *,
    also: tuple[Write, ...] = (),
    file: OrderFile | None = None,
) -> Order | None:
    """Fold a provider's word into its order and return that; None when it said nothing new.

    `file` is the order as it was read a moment ago, for who did so. Raises `NotFound` when the
    event names no payment of ours, `NotTaken` when it comes too early.
    """
    for _ in range(_TRIES_MAX):
        seen = file or load(event)
        file = None
        change = _change(seen, event, now)
        if change is None:
            return None
        booked = ledger_days.booking(seen, change, day_book.moved(change, event))
        try:
            return orders.save(change, now, also=(*also, *booked))
        except Stale:
            continue
    raise Unavailable("The order is busy; try again.")


def _change(file: OrderFile, event: ProviderEvent, now: datetime) -> Change | None:
    kind = event.kind or ""
    if kind.startswith("refund."):
        return _refund_change(file, event, now)
    payment = file.payment(event.payment_id)
    if payment is None:
        raise NotFound("No payment of ours.", code="payment_not_found")
    if kind.startswith("dispute."):
        known = file.dispute(disputes.dispute_id_of(event))
        others = [one for one in file.disputes if one != known]
        given = refunds.given_of(payment, file.refunds, others)
        return disputes.apply(file.order, _captured(payment), known, event, given, now)
    return payments.apply(file.order, payment, event, now)


def _refund_change(file: OrderFile, event: ProviderEvent, now: datetime) -> Change | None:
    """One that carries no id of ours was made at the provider, and is recorded as it is."""
    refund = file.refund(event.refund_id or refunds.foreign_id(event))
    if refund is not None:
        return refunds.apply(file.order, refund, event, now)
    payment = file.payment(event.payment_id)
    if event.refund_id or payment is None:
        raise NotFound("No refund of ours.", code="refund_not_found")
    given = refunds.given_of(payment, file.refunds, file.disputes)
    return refunds.hear(file.order, _captured(payment), event, given, now)


def _captured(payment: Payment) -> Payment:
    if payment.status != "captured":
        raise NotTaken(payment)
    return payment
