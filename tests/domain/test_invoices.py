"""Which documents an order is owed, whatever was paid, given back and changed before."""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import invoices, ledger, pricing
from chalicelib.domain.invoice_amounts import apportioned, net_amounts
from chalicelib.domain.invoice_books import invoice_faults, ledger_faults, number_faults
from chalicelib.domain.invoice_details import Buyer
from chalicelib.domain.invoice_numbers import issued, numbered
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
from tests.factories import a_store

NOW = datetime(2026, 12, 31, 20, tzinfo=UTC)  # already 2027 in Shanghai
ACTOR = Actor("provider", "sandbox")
STORES = {
    "inclusive": a_store(),
    "exclusive": a_store(tax_inclusive=False, tax_basis_points=725),
    "yen": a_store(currency="JPY", tax_basis_points=1000, delivery_fee_minor=0),
}


class Story:
    """An order's money through time, its invoices issued after each step."""

    def __init__(self, store, quantity):
        self.store = store
        self.invoices = ()
        self.events = ()
        self.order = Order(
            order_id="ord_1", number="22-ABCDE", pickup_code="K12", version=0, status="placed",
            payment_status="unpaid", fulfillment_status="unfulfilled", store_id=store.store_id,
            customer_id="cus_1", channel="web", line_items=(), totals=self.totals(()),
            fulfillment=Fulfillment(type="pickup"), contact=Contact(), placed_at=NOW,
            updated_at=NOW, fingerprint="",
        )  # fmt: skip
        self.edit(quantity)

    def totals(self, lines):
        return pricing.totals_of(lines, "delivery", self.store)

    def money(self, amount):
        return {"amount_minor": amount, "currency": self.store.currency}

    def change(self, kind, data=None, **fields):
        order = msgspec.structs.replace(self.order, **fields)
        self.order, events = happened(order, ((kind, data or {}),), ACTOR, NOW)
        self.events += events

    def edit(self, quantity):
        price = Money(333, self.store.currency)
        line = LineItem(
            line_id="line_1", sku="apple", name={"en": "Apple"}, quantity=quantity,
            unit_price=price, line_total=price * quantity,
        )  # fmt: skip
        self.change("order.changed", line_items=(line,), totals=self.totals((line,)))

    def pay(self):
        due = self.order.due_minor
        if due > 0:
            data = {"payment_id": f"pay_{self.order.version}", "provider": "sandbox"}
            self.change(
                "payment.captured", {**data, "captured": self.money(due)},
                captured_minor=self.order.captured_minor + due, payment_status="paid",
            )  # fmt: skip

    def refund(self, percent):
        kept = self.order.captured_minor - self.order.refunded_minor
        amount = kept * percent // 100
        if amount:
            payment = next(e for e in self.events if e.type == "payment.captured")
            data = {
                "refund_id": f"ref_{self.order.version}",
                "payment_id": payment.data["payment_id"],
                "amount": self.money(amount),
            }
            self.change(
                "refund.succeeded", data, refunded_minor=self.order.refunded_minor + amount,
                waived_minor=self.order.waived_minor + amount,
            )  # fmt: skip

    def fail(self):
        """The newest refund comes back after it had succeeded."""
        failed = {e.data["refund_id"] for e in self.events if e.type == "refund.failed"}
        refunds = [e.data for e in self.events if e.type == "refund.succeeded"]
        open_ones = [data for data in refunds if data["refund_id"] not in failed]
        if open_ones:
            amount = open_ones[-1]["amount"]["amount_minor"]
            self.change(
                "refund.failed", open_ones[-1],
                refunded_minor=self.order.refunded_minor - amount,
                waived_minor=self.order.waived_minor - amount,
            )  # fmt: skip

    def owed(self, wanted=None):
        return invoices.owed(self.order, self.events, self.invoices, wanted, Buyer())

    def issue(self, wanted=None):
        drafts = self.owed(wanted)
        new = numbered(drafts, self.order, self.store, len(self.invoices), "code", NOW)
        if new:
            change = issued(self.order, new, NOW)
            self.order, self.events = change.order, (*self.events, *change.events)
            self.invoices += new
        return new


steps = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.integers(1, 12)),
        st.tuples(st.just("refund"), st.sampled_from((1, 10, 33, 50, 100))),
        st.tuples(st.just("pay"), st.none()),
        st.tuples(st.just("fail"), st.none()),
        st.tuples(st.just("issue"), st.none()),
    ),
    max_size=12,
)


@given(st.sampled_from(sorted(STORES)), st.integers(1, 12), steps)
def test_documents_and_ledger_agree_with_the_order_whatever_happens(name, quantity, acts):
    story = Story(STORES[name], quantity)
    story.pay()
    for act, argument in acts:
        getattr(story, act)(*(() if argument is None else (argument,)))
    story.issue()
    assert list(invoice_faults(story.order, story.events, story.invoices, settled=True)) == []
    assert list(ledger_faults(story.order, story.events)) == []
    assert list(number_faults(story.invoices)) == []
    assert story.owed() == ()


@given(st.sampled_from(sorted(STORES)), st.integers(1, 12), steps)
def test_every_document_adds_up_and_notes_take_the_tax_back_with_the_money(name, quantity, acts):
    story = Story(STORES[name], quantity)
    story.pay()
    story.issue()
    for act, argument in acts:
        getattr(story, act)(*(() if argument is None else (argument,)))
        story.issue()
    for document in story.invoices:
        nets = net_amounts([line.total_minor for line in document.lines], document.totals)
        assert sum(nets.lines) + nets.fee - nets.discount == nets.basis
        assert nets.basis + nets.tax == nets.total > 0
    for invoice in story.invoices:
        notes = [note for note in story.invoices if note.corrects == invoice.invoice_id]
        if sum(n.totals.total.amount_minor for n in notes) == invoice.totals.total.amount_minor:
            taken = sum(n.totals.tax.amount_minor for n in notes)
            assert taken == invoice.totals.tax.amount_minor


def test_an_unpaid_order_is_owed_nothing():
    assert Story(STORES["inclusive"], 2).owed() == ()


def test_a_cheaper_edit_takes_the_invoice_back_and_issues_it_anew():
    story = Story(STORES["inclusive"], 3)
    story.pay()
    (first,) = story.issue()
    story.edit(1)
    note, second = story.issue()
    assert (note.kind, note.corrects, note.reason) == (
        "credit_note", first.invoice_id, "order_changed",
    )  # fmt: skip
    assert (note.lines, note.totals) == (first.lines, first.totals)
    assert (second.kind, second.totals) == ("invoice", story.order.totals)


def test_other_details_take_the_invoice_back_and_issue_it_to_the_new_buyer():
    story = Story(STORES["exclusive"], 3)
    story.pay()
    story.issue()
    note, second = story.issue(Buyer(title="Acme"))
    assert (note.reason, note.buyer, second.buyer) == (
        "details_changed",
        Buyer(),
        Buyer(title="Acme"),
    )
    assert story.issue(Buyer(title="Acme")) == ()


def test_money_given_back_before_anything_was_issued_is_told_by_both_documents():
    story = Story(STORES["inclusive"], 3)
    story.pay()
    story.refund(100)
    assert [document.kind for document in story.issue()] == ["invoice", "credit_note"]


def test_a_late_payment_for_a_canceled_order_is_no_sale():
    story = Story(STORES["inclusive"], 3)
    story.change("order.canceled", status="canceled")
    story.pay()
    assert story.issue() == ()


def test_numbers_belong_to_the_year_of_the_stores_own_clock():
    story = Story(STORES["inclusive"], 1)
    story.pay()
    (invoice,) = story.issue()
    assert (invoice.year, invoice.number) == (2027, "MARKET-2027-000001")


def test_missing_and_doubled_numbers_are_found():
    story = Story(STORES["inclusive"], 1)
    story.pay()
    (first,) = story.issue()
    third = msgspec.structs.replace(first, sequence=3)
    assert list(number_faults((first, third))) == [("sto_market/2027", "missing [2]")]
    assert list(number_faults((first, first))) == [
        ("sto_market/2027", "a number was given twice"),
    ]  # fmt: skip


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), max_size=60))
def test_parts_sum_to_the_whole_and_none_is_negative(amount, weights):
    parts = apportioned(amount, weights)
    assert sum(parts) == (amount if sum(weights) else 0)
    assert all(part >= 0 for part in parts)


def test_a_discount_is_told_apart_in_the_ledger():
    totals = Totals(
        *(Money(n, "CNY") for n in (2000, 300, 500, 253, 2200))  # subtotal to total
    )
    nets = net_amounts([2000], totals)
    data = {
        "invoice_id": "inv_1", "kind": "invoice", "total": {"amount_minor": 2200},
        "tax": {"amount_minor": 253}, "discount": {"amount_minor": nets.discount},
    }  # fmt: skip
    story = Story(STORES["inclusive"], 1)
    story.change("invoice.issued", data)
    (entry,) = ledger.entries_of(story.events)
    assert entry.difference == 0
    assert ledger.balances([entry]) == {
        "customer": 2200, "discount": nets.discount, "revenue": -(1947 + nets.discount),
        "tax": -253,
    }  # fmt: skip
