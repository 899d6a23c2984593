"""An order's life as the domain tells it, step by step, without any table."""

from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.domain import cancellations, carriers, fulfillment, payments, refunds
from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.due import earliest_check
from chalicelib.domain.money import Money
from chalicelib.domain.orders import (
    Actor,
    Contact,
    Fulfillment,
    LineItem,
    Order,
    Totals,
    happened,
)
from chalicelib.domain.payments import Payment, ProviderEvent
from chalicelib.domain.provider_records import ProviderRecord
from chalicelib.domain.receipts import Receipt
from chalicelib.domain.refunds import Refund
from chalicelib.domain.thresholds import DEFAULT_THRESHOLDS
from chalicelib.rules.base import OrderEvidence

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STAFF = Actor("staff", "staff-cleo")
ZERO = Money(0, "CNY")


def a_line(sku="apple", quantity=2, price=250):
    each = Money(price, "CNY")
    return LineItem(
        line_id="line_1", sku=sku, name={"en": sku}, quantity=quantity, unit_price=each,
        line_total=each * quantity, units={sku: quantity},
    )  # fmt: skip


def a_placed_order(at=NOON, **changes):
    total = Money(500, "CNY")
    order = Order(
        order_id="ord_1", number="22-AAAAA", pickup_code="A01", version=0, status="placed",
        payment_status="unpaid", fulfillment_status="unfulfilled", store_id="sto_market",
        customer_id="cus-ada", channel="web", line_items=(a_line(),),
        totals=Totals(total, ZERO, ZERO, ZERO, total), fulfillment=Fulfillment(type="pickup"),
        contact=Contact(), placed_at=at, updated_at=at, fingerprint="f",
        expires_at=at + timedelta(minutes=15), promised_at=at + timedelta(hours=1),
        reserved={"apple": 2},
    )  # fmt: skip
    return msgspec.structs.replace(order, **changes)


class Story:
    """`now` moves by `wait`; each step is a transition, dated for the sweep as services do it."""

    def __init__(self, **changes):
        self.now = NOON
        self.order = a_placed_order(**changes)
        self.events, self.payments, self.refunds, self.receipts = [], {}, {}, []
        self.parcel = {"shipment_id": "shp_1", "carrier": "acme", "tracking_number": "1Z"}
        self.records = []
        self.order, events = happened(self.order, (("order.placed", {}),), STAFF, self.now)
        self._kept(events)

    @property
    def evidence(self):
        return OrderEvidence(
            order=self.order, events=tuple(self.events), payments=tuple(self.payments.values()),
            refunds=tuple(self.refunds.values()), receipts=tuple(self.receipts),
            records=tuple(self.records),
        )  # fmt: skip

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)
        return self

    def begin(self, amount=None):
        payment = Payment(
            payment_id=f"pay_{len(self.payments) + 1}", order_id="ord_1", provider="sandbox",
            method="card", status="pending",
            amount=amount or Money(self.order.due_minor, "CNY"), created_at=self.now,
            updated_at=self.now, expires_at=payments.payment_expiry(self.order, self.now),
            fingerprint="",
        )  # fmt: skip
        return self._done(payments.begin(self.order, payment, STAFF, self.now))

    def provider_says(self, word, short_by=0, payment=None):
        payment = payment or list(self.payments.values())[-1]
        event = ProviderEvent(
            provider="sandbox", event_id=f"{word}", kind=f"payment.{word}", raw_type=word,
            occurred_at=self.now, order_id="ord_1", payment_id=payment.payment_id,
            amount=Money(payment.amount.amount_minor - short_by, "CNY"), reason="declined",
        )  # fmt: skip
        change = payments.apply(self.order, payment, event, self.now)
        return self._done(change) if change else self

    def all_captured(self):
        """Every payment that was begun is paid, whichever was closed before."""
        for payment in list(self.payments.values()):
            self.provider_says("captured", payment=payment)
        return self

    def provider_recorded(self, *minors, payment_id="pay_1", **more):
        """What the provider's books say, where they differ from ours."""
        captured = tuple(Money(minor, "CNY") for minor in minors)
        self.records.append(
            ProviderRecord(
                provider="sandbox", payment_id=payment_id, reconciliation_id="rec_1",
                seen_at=self.now, captured=captured, **more,
            )
        )  # fmt: skip
        return self

    def pay(self, **how):
        return self.begin().provider_says("captured", **how)

    def act(self, name):
        return self._done(fulfillment.perform(self.order, name, STAFF, self.now))

    def carrier_says(self, status, at=None):
        """About the one parcel, as known after its last word."""
        update = carriers.TrackingUpdate(tracking_number="1Z", status=status)
        actor = Actor("carrier", "carrier:acme")
        change = carriers.apply(self.order, self.parcel, update, actor, at or self.now, self.now)
        if change:
            self.parcel = change.documents[-1]
            change = msgspec.structs.replace(change, documents=())
        return self._done(change) if change else self

    def end(self, status="canceled"):
        return self._done(cancellations.close(self.order, status, "reason", STAFF, self.now))

    def ask_refund(self, amount_minor):
        refund = Refund(
            refund_id=f"ref_{len(self.refunds) + 1}", order_id="ord_1", payment_id="pay_1",
            status="pending", amount=Money(amount_minor, "CNY"), reason="r", created_at=self.now,
            updated_at=self.now, fingerprint="",
        )  # fmt: skip
        return self._done(refunds.request(self.order, refund, STAFF, self.now))

    def settle_refund(self, word="succeeded", reason=None):
        refund = list(self.refunds.values())[-1]
        event = ProviderEvent(
            provider="sandbox", event_id="r", kind=f"refund.{word}", raw_type=word,
            occurred_at=self.now, refund_id=refund.refund_id, reason=reason,
        )  # fmt: skip
        change = refunds.apply(self.order, refund, event, self.now)
        return self._done(change) if change else self

    def merchant_receipt(self, outcome, event_type="order.confirmed", detail=""):
        event = next(e for e in self.events if e.type == event_type)
        self.receipts.append(
            Receipt(
                order_id="ord_1",
                event_id=event.event_id,
                version=event.version,
                event_type=event_type,
                consumer="merchant",
                outcome=outcome,
                at=self.now,
                detail=detail,
            )
        )
        return self

    def _done(self, change):
        self.order = change.order
        for document in change.documents:
            kept = self.refunds if isinstance(document, Refund) else self.payments
            kept[getattr(document, "refund_id", None) or document.payment_id] = document
        return self._kept(change.events)

    def _kept(self, events):
        self.events += events
        check = earliest_check(self.order, DEFAULT_THRESHOLDS, self.now, receipts_due=True)
        present = self.order.next_check_ms
        dated = epoch_ms(check) if present is None else min(present, epoch_ms(check))
        self.order = msgspec.structs.replace(self.order, next_check_ms=dated)
        return self
