"""An order's money in memory: the domain's own decisions over one payment, event by event."""

import msgspec

from chalicelib.domain import disputes, payments, refunds
from chalicelib.domain.disputes import Dispute
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor
from chalicelib.domain.payments import Payment, Refund
from tests.contract.an_order import an_order
from tests.contract.provider_counterpart import NOW, PRICE, START

STAFF = Actor("staff", "mo")


class Books:
    """An order, its payment, and what is given or claimed back of it."""

    def __init__(self, company):
        self.payment = a_payment(company)
        self.order = payments.begin(an_order(PRICE, NOW), self.payment, STAFF, NOW).order
        self.refunds, self.disputes = {}, {}

    def promise(self, refund):
        self.take(refunds.request(self.order, refund, STAFF, NOW))

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


def a_refund(refund_id="ref_1", minor=PRICE.amount_minor):
    return Refund(
        refund_id=refund_id,
        order_id="ord_1",
        payment_id="pay_1",
        status="pending",
        amount=Money(minor, PRICE.currency),
        reason="",
        created_at=NOW,
        updated_at=NOW,
        fingerprint="",
    )
