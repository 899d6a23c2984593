"""An order's money in memory: the domain's own decisions over one payment, event by event."""

import msgspec

from chalicelib.domain import charges, disputes, payments, refunds
from chalicelib.domain.charges import ChargeRate
from chalicelib.domain.disputes import Dispute
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor
from chalicelib.domain.payments import Payment, Refund
from tests.contract.an_order import an_order
from tests.contract.provider_counterpart import NOW, PRICE, START

STAFF = Actor("staff", "mo")
DOLLARS = Money(521, "USD")


class Books:
    """An order, its payment, and what is given or claimed back of it."""

    def __init__(self, company, *, abroad=False):
        self.payment = a_payment(company, abroad=abroad)
        order = an_order(self.payment.amount, NOW)
        self.order = payments.begin(order, self.payment, STAFF, NOW).order
        self.refunds, self.disputes = {}, {}

    def promise(self, refund):
        refund = refunds.charged(refund, self.payment, self._given())
        self.take(refunds.request(self.order, refund, STAFF, NOW))

    def _given(self, known=None):
        others = [one for one in self.disputes.values() if one != known]
        return refunds.given_of(self.payment, self.refunds.values(), others)

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
            return refunds.hear(self.order, self.payment, event, self._given(), NOW)
        if kind.startswith("dispute."):
            known = self.disputes.get(disputes.dispute_id_of(event))
            given = self._given(known)
            return disputes.apply(self.order, self.payment, known, event, given, NOW)
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


def a_payment(company, *, abroad=False):
    """With `abroad`, the company takes its price for what is 5.21 dollars here."""
    payment = Payment(
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
    if not abroad:
        return payment
    rate = ChargeRate(currency="CNY", rate="2.4935", source="", rated_at=NOW, valid_until=NOW)
    charge = charges.quoted(DOLLARS, rate)
    assert charge.amount == PRICE
    return msgspec.structs.replace(payment, amount=DOLLARS, charge=charge)


def a_refund(refund_id="ref_1", minor=PRICE.amount_minor, currency=PRICE.currency):
    return Refund(
        refund_id=refund_id,
        order_id="ord_1",
        payment_id="pay_1",
        status="pending",
        amount=Money(minor, currency),
        reason="",
        created_at=NOW,
        updated_at=NOW,
        fingerprint="",
    )
