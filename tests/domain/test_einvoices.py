"""What a tax platform is told of a document, and when an e-invoice is asked about."""

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import einvoices
from chalicelib.domain.einvoice_requests import request_of
from chalicelib.domain.einvoices import EInvoice
from chalicelib.domain.money import Money
from tests.domain.test_invoices import NOW, STORES, Story

ONE = EInvoice(
    invoice_id="inv_1", order_id="ord_1", kind="invoice", provider="practice", requested_at=NOW
)


@given(st.sampled_from(["inclusive", "exclusive"]), st.integers(1, 30), st.integers(0, 500))
def test_the_lines_of_a_request_come_to_its_amounts_exactly(kind, quantity, discount):
    store = STORES[kind]
    story = Story(store, quantity)
    story.pay()
    (document,) = story.issue()
    totals = document.totals
    less = min(discount, totals.subtotal.amount_minor)
    totals = msgspec.structs.replace(
        totals,
        discount=Money(less, store.currency),
        total=totals.total - Money(less, store.currency),
    )
    wish = request_of(ONE, msgspec.structs.replace(document, totals=totals), store, None)
    assert sum(line.net_minor for line in wish.lines) == wish.net.amount_minor
    assert sum(line.tax_minor for line in wish.lines) == wish.tax.amount_minor
    assert wish.net + wish.tax == wish.total


def test_an_attempt_has_one_id_for_ever_and_the_next_another():
    again = msgspec.structs.replace(ONE, state="pending", asks=7)
    assert again.request_id == ONE.request_id
    assert msgspec.structs.replace(ONE, attempt=2).request_id != ONE.request_id


def test_it_is_asked_about_ever_more_seldom_and_each_hour_at_least():
    waits, one, now = [], ONE, NOW
    for _ in range(12):
        one = einvoices.put_off(one, "pending", now)
        waits.append(one.next_at - now)
        now = one.next_at
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=30), timedelta(hours=1))


def test_a_red_letter_one_waits_for_its_blue_one_alone():
    red = msgspec.structs.replace(ONE, invoice_id="inv_2", kind="credit_note", corrects="inv_1")
    other = msgspec.structs.replace(ONE, invoice_id="inv_3")
    ready = [
        one.invoice_id
        for one in (ONE, red, other)
        if einvoices.can_be_asked_for(one, (ONE, red, other))
    ]
    assert ready == ["inv_1", "inv_3"]
    blue = msgspec.structs.replace(ONE, state="issued", number="26")
    assert einvoices.can_be_asked_for(red, (blue, red))
