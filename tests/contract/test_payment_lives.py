"""A payment's events in every order and repetition end in one state, for each provider."""

import itertools

import msgspec

from chalicelib.domain import payments, refunds
from chalicelib.domain.orders import Actor
from chalicelib.domain.payments import Payment, ProviderEvent, Refund
from tests.contract.an_order import an_order
from tests.contract.provider_counterpart import NOW, PRICE, START

STAFF = Actor("staff", "mo")


def folded(company, events):
    """Where an order, its payment and its refund end after these events."""
    order, payment = an_order(PRICE, NOW), a_payment(company)
    order = payments.begin(order, payment, STAFF, NOW).order
    refund = None
    if any(event.refund_id for event in events):  # what is given back was taken before
        taken = ProviderEvent(
            provider="", event_id="", kind="payment.captured", raw_type="", occurred_at=NOW
        )
        change = payments.apply(order, payment, taken, NOW)
        order, (payment,) = change.order, change.documents
        refund = a_refund()
        order = refunds.request(order, refund, STAFF, NOW).order
    for event in events:
        change = (
            refunds.apply(order, refund, event, NOW)
            if event.refund_id
            else payments.apply(order, payment, event, NOW)
        )
        if change is not None:
            order = change.order
            if event.refund_id:
                (refund,) = change.documents
            else:
                (payment,) = change.documents
    timeless = msgspec.structs.replace(order, version=0)
    return timeless, payment, refund


def a_payment(company):
    return Payment(
        payment_id="pay_1",
        order_id="ord_1",
        provider=company.provider.name,
        method="card",
        status="pending",
        amount=PRICE,
        created_at=NOW,
        updated_at=NOW,
        expires_at=START.expires_at,
        fingerprint="",
        reference=company.sample.REFERENCE,
    )


def a_refund():
    return Refund(
        refund_id="ref_1",
        order_id="ord_1",
        payment_id="pay_1",
        status="pending",
        amount=PRICE,
        reason="",
        created_at=NOW,
        updated_at=NOW,
        fingerprint="",
    )


def test_every_order_of_arrival_and_repetition_of_a_life_ends_alike(company):
    for life in company.sample.LIVES:
        events = [company.hear(name) for name in life]
        end = folded(company, events)
        for arrival in itertools.permutations(events):
            assert folded(company, arrival) == end, [event.kind for event in arrival]
            assert folded(company, (*arrival, *arrival)) == end
        assert end[0].payment_status in {"paid", "unpaid", "refunded"}
