"""Paying at the counter: the order goes ahead, and staff collect the money later."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.domain import orders
from chalicelib.domain.errors import Conflict
from chalicelib.domain.orders import Actor, Change, Order
from chalicelib.domain.payments import OPEN, Payment, facts_of


def approve(order: Order, payment: Payment, actor: Actor, now: datetime) -> Change:
    """Pay at the counter: the order is confirmed now and collected by staff later."""
    if order.status != "placed":
        raise Conflict(f"An order that is {order.status} is past this.", code="order_not_payable")
    after, events = orders.happened(
        msgspec.structs.replace(
            order,
            status="confirmed",
            payment_status="unpaid",
            confirmed_at=now,
            expires_at=None,
            open_payment_id=payment.payment_id,
        ),
        (("order.confirmed", facts_of(payment)),),
        actor,
        now,
    )
    return Change(before=order, order=after, events=events, documents=(payment,))


def given_up(begun: Change, payments: Iterable[Payment], now: datetime) -> Change:
    """Another way to pay, in place of those that were to be made on site: one is open at a time."""
    ended = [
        msgspec.structs.replace(payment, status="canceled", updated_at=now)
        for payment in payments
        if payment.method == "on_site" and payment.status in OPEN
    ]
    return msgspec.structs.replace(begun, documents=(*begun.documents, *ended))
