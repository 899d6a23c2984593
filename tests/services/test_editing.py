"""Changing an order: stock moves by the difference and money follows."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.domain.errors import Conflict, Stale
from chalicelib.domain.ids import fresh
from chalicelib.domain.order_requests import EditRequest
from chalicelib.domain.orders import Actor
from chalicelib.services import edits, fulfillment, orders
from chalicelib.store import orders as table
from tests.factories import CLERK, CUSTOMER, an_order_request, stock_of

SYSTEM = Actor("system", "system:test")


def now():
    return datetime.now(UTC)


def unchecked(order):
    """The caller does not mind the version."""


@pytest.fixture
def order(cashier):
    return orders.place(
        an_order_request(), CUSTOMER, fresh("key"), language="en", now=now()
    ).file.order


@pytest.fixture
def paid(cashier, order):
    pay(cashier, order)
    return order


def pay(cashier, order, key="pay-1"):
    payment = cashier.start(order.order_id, key=key)
    cashier.settle(payment, "succeeded")
    cashier.deliver(payment)
    return payment


def edit(order, **wish):
    request = msgspec.convert(wish, EditRequest)
    return edits.edit(order.order_id, request, CUSTOMER, now(), unchecked)


def lines(**quantities):
    return [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]


def test_an_unpaid_order_is_priced_again_and_moves_its_stock(order):
    edited = edit(order, line_items=lines(apple=5, milk=1)).order

    assert edited.totals.total.amount_minor == 5 * 350 + 1580
    assert stock_of("apple") == (495, 5, 0)
    assert stock_of("bread") == (200, 0, 0)
    assert stock_of("milk") == (199, 1, 0)


def test_changing_only_the_note_moves_nothing(order):
    edited = edit(order, note="no onions")

    assert edited.order.note == "no onions"
    assert edited.events[-1].data["changed"] == ["note"]
    assert stock_of("apple") == (498, 2, 0)


def test_a_cheaper_edit_of_a_paid_order_refunds_the_difference(paid):
    edited = edit(paid, line_items=lines(apple=2))

    assert edited.order.totals.total.amount_minor == 700
    assert edited.order.refunded_minor == 1200
    assert edited.order.payment_status == "partially_refunded"
    assert stock_of("bread") == (200, 0, 0)


def test_a_dearer_edit_of_a_paid_order_waits_for_the_difference(cashier, paid):
    held = edit(paid, line_items=lines(apple=4, milk=1)).order

    assert held.totals.total.amount_minor == 1900, "not applied yet"
    assert stock_of("apple") == (496, 4, 0)
    assert stock_of("milk") == (199, 1, 0)
    assert stock_of("bread") == (199, 1, 0), "kept until the edit is applied"

    payment = pay(cashier, paid, key="pay-2")
    assert payment.amount.amount_minor == 4 * 350 + 1580 - 1900
    applied = table.load_order(paid.order_id)
    assert applied.totals.total.amount_minor == 4 * 350 + 1580
    assert applied.payment_status == "paid"
    assert applied.pending_edit is None
    assert stock_of("bread") == (200, 0, 0)


def test_a_difference_that_is_not_paid_drops_the_edit(paid):
    edit(paid, line_items=lines(apple=4, milk=1))

    assert not edits.drop_expired(paid.order_id, SYSTEM, now())
    assert edits.drop_expired(paid.order_id, SYSTEM, now() + timedelta(hours=1))
    kept = table.load_order(paid.order_id)
    assert (kept.totals.total.amount_minor, kept.payment_status) == (1900, "paid")
    assert stock_of("apple") == (498, 2, 0)
    assert stock_of("milk") == (200, 0, 0)


def test_a_second_edit_replaces_the_one_that_waits(paid):
    edit(paid, line_items=lines(apple=9, bread=1))
    edit(paid, line_items=lines(apple=5, bread=1))

    assert stock_of("apple") == (495, 5, 0)


def test_preparation_ends_editing_and_frees_what_was_held(paid):
    edit(paid, line_items=lines(apple=9, bread=1))
    for act in ("accept", "prepare"):
        fulfillment.perform(paid.order_id, act, CLERK, now(), unchecked)

    assert stock_of("apple") == (498, 2, 0)
    with pytest.raises(Conflict) as refused:
        edit(paid, note="too late")
    assert refused.value.code == "order_not_editable"


def test_an_edit_beyond_the_stock_changes_nothing(paid):
    with pytest.raises(Conflict) as refused:
        edit(paid, line_items=lines(apple=501, bread=1))

    assert refused.value.code == "out_of_stock"
    assert stock_of("apple") == (498, 2, 0)


def test_a_stale_version_is_refused(order):
    def check(seen):
        raise Stale("gone")

    with pytest.raises(Stale):
        edits.edit(order.order_id, EditRequest(note="x"), CUSTOMER, now(), check)
