"""An order that someone paid for, for tests that begin after the payment."""

from datetime import datetime, timedelta

from chalicelib.domain import payments
from chalicelib.domain.identity import Caller
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor, Order, OrderEvent
from chalicelib.domain.payments import Payment, ProviderEvent
from chalicelib.services import orders, provider_events
from chalicelib.store import orders as table
from tests.factories import NOW, an_order_request

CONTACT = {"email": "ada@example.com", "phone": "+8613800138000"}


def a_confirmed_order(
    caller: Caller,
    order_id: str | None = None,
    now: datetime = NOW,
    key: str = "a-key-long-enough-for-guests",
    **overrides,
) -> tuple[OrderEvent, Order]:
    """The `order.confirmed` event and the order, placed `now` unless `order_id` names one."""
    if order_id is None:
        request = an_order_request(**{"contact": CONTACT, **overrides})
        placed = orders.place(request, caller, key, language="en", now=now)
        order_id = placed.file.order.order_id
    return _heard("captured", order_id, now)


def a_failed_payment(order_id: str, now: datetime = NOW) -> Order:
    """The order after its company said no."""
    return _heard("failed", order_id, now)[1]


def _heard(word: str, order_id: str, now: datetime) -> tuple[OrderEvent, Order]:
    """A payment is begun, and the company says one word about it."""
    order = table.load_order(order_id)
    amount = Money(order.due_minor, order.currency)
    payment = Payment(
        payment_id="pay_1", order_id=order_id, provider="sandbox", method="card",
        status="pending", amount=amount, created_at=now, updated_at=now,
        expires_at=now + timedelta(minutes=15), fingerprint="",
    )  # fmt: skip
    order = orders.save(payments.begin(order, payment, Actor("customer", "c"), now), now)
    said = ProviderEvent(
        provider="sandbox", event_id="e1", kind=f"payment.{word}", raw_type=word,
        occurred_at=now, order_id=order_id, payment_id="pay_1", amount=amount,
    )  # fmt: skip
    after = provider_events.apply(said, now)
    assert after is not None
    return table.load_file(order_id).events[-1], after
