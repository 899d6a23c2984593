"""A payment's events in every order and repetition end in one state, for each provider."""

import itertools

import msgspec

from chalicelib.domain import disputes, payments, refunds
from chalicelib.domain.disputes import Dispute
from chalicelib.domain.orders import Actor
from chalicelib.domain.payments import Payment, ProviderEvent, Refund
from tests.contract.an_order import an_order
from tests.contract.provider_counterpart import NOW, PRICE, START

STAFF = Actor("staff", "mo")


class Books:
    """An order, its payment, and what is given or claimed back of it."""

    def __init__(self, company):
        self.payment = a_payment(company)
        self.order = payments.begin(an_order(PRICE, NOW), self.payment, STAFF, NOW).order
        self.refunds, self.disputes = {}, {}

    def promise(self):
        change = refunds.request(self.order, a_refund(), STAFF, NOW)
        self.take(change)

    def hear(self, event):
        change = self._change(event)
        if change is not None:
            self.take(change)

    def _change(self, event):
        kind = event.kind or ""
        if kind.startswith("refund."):
            known = self.refunds.get(event.refund_id or refunds.foreign_id(event))
            if known is not None:
                return refunds.apply(self.order, known, event, NOW)
            return refunds.hear(self.order, self.payment, event, NOW)
        if kind.startswith("dispute."):
            known = self.disputes.get(disputes.dispute_id_of(event))
            return disputes.apply(self.order, self.payment, known, event, NOW)
        return payments.apply(self.order, self.payment, event, NOW)

    def take(self, change):
        self.order = change.order
        for document in change.documents:
            if isinstance(document, Refund):
                self.refunds[document.refund_id] = document
            elif isinstance(document, Dispute):
                self.disputes[document.dispute_id] = document
            else:
                self.payment = document

    def end(self):
        return (
            msgspec.structs.replace(self.order, version=0),
            self.payment,
            self.refunds,
            self.disputes,
        )


def folded(company, events):
    """Where an order, its payment, refunds and disputes end after these events."""
    books = Books(company)
    if any(_is_money_back(event) for event in events):  # what goes back was taken before
        taken = ProviderEvent(
            provider="", event_id="", kind="payment.captured", raw_type="", occurred_at=NOW
        )
        books.hear(taken)
    if any(event.refund_id for event in events):
        books.promise()
    for event in events:
        books.hear(event)
    return books.end()


def _is_money_back(event):
    return (event.kind or "").startswith(("refund.", "dispute."))


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
        ends = {"paid", "unpaid", "failed", "refunded", "partially_refunded"}
        assert end[0].payment_status in ends
        assert end[0].refund_pending_minor == end[0].disputed_minor == 0
