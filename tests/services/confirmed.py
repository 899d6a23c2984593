"""An order that someone paid for, for tests that begin after the payment."""

from datetime import datetime, timedelta

from chalicelib.domain import payments
from chalicelib.domain.identity import Caller
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor, Order, OrderEvent
from chalicelib.domain.payments import Payment, ProviderEvent
from chalicelib.services import orders
from chalicelib.store import orders as table
from tests.factories import NOW, an_order_request

CONTACT = {"email": "ada@example.com", "phone": "+8613800138000"}


def a_confirmed_order(
    caller: Caller, order_id: str | None = None, now: datetime = NOW, **overrides
) -> tuple[OrderEvent, Order]:
    """The `order.confirmed` event and the order, placed `now` unless `order_id` names one."""
    if order_id is None:
        request = an_order_request(**{"contact": CONTACT, **overrides})
        placed = orders.place(
            request, caller, "a-key-long-enough-for-guests", language="en", now=now
        )
        order_id = placed.file.order.order_id
    order = table.load_order(order_id)
    amount = Money(order.due_minor, order.currency)
    payment = Payment(
        payment_id="pay_1", order_id=order_id, provider="sandbox", method="card",
        status="pending", amount=amount, created_at=now, updated_at=now,
        expires_at=now + timedelta(minutes=15), fingerprint="",
    )  # fmt: skip
    order = orders.save(payments.begin(order, payment, Actor("customer", "c"), now), now)
    captured = ProviderEvent(
        provider="sandbox", event_id="e1", kind="payment.captured", raw_type="captured",
        occurred_at=now, order_id=order_id, payment_id="pay_1", amount=amount,
    )  # fmt: skip
    change = payments.apply(order, payment, captured, now)
    assert change is not None
    return change.events[-1], orders.save(change, now)
