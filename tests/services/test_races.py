"""Every step of a person while somebody else writes to the same order: nobody hears of the race."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.ids import fresh
from chalicelib.domain.invoice_details import InvoiceDetails
from chalicelib.domain.order_requests import EditRequest
from chalicelib.services import cancellations, edits, fulfillment, invoices, orders, refunds
from chalicelib.services.refunds import RefundRequest
from chalicelib.store import orders as table
from tests.factories import CLERK, CUSTOMER, MANAGER, an_order_request
from tests.reliability.crashes import Calls, watched


class Meanwhile(Calls):
    """Somebody writes right before the first transaction within is sent."""

    def __init__(self, write: Callable[[], object]) -> None:
        super().__init__()
        self._writes = [write]

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        if name == "TransactWriteItems" and self._writes:
            self._writes.pop()()
        return super().around(name, call)


def now():
    return datetime.now(UTC)


def unchecked(order):
    """The caller does not mind the version."""


def edit(order_id):
    edits.edit(order_id, EditRequest(note="No onions"), CUSTOMER, now(), unchecked)


def cancel(order_id):
    cancellations.cancel(order_id, "too late", CUSTOMER, now(), unchecked)


def ask_for_invoice(order_id):
    invoices.ask_for(order_id, InvoiceDetails(title="Ada"), CUSTOMER, now())


def accept(order_id):
    fulfillment.perform(order_id, "accept", CLERK, now(), unchecked)


def reject(order_id):
    cancellations.reject(order_id, "sold_out", CLERK, now(), unchecked)


def note(order_id):
    fulfillment.note(order_id, "rings twice", CLERK, now())


def move_promise(order_id):
    fulfillment.move_promise(order_id, now(), CLERK, now(), unchecked)


def refund(order_id):
    granted = refunds.request(order_id, RefundRequest(reason="cold"), MANAGER, "refund-1", now())
    assert not granted.replayed


@pytest.fixture
def placed(cashier):
    request = an_order_request()
    order = orders.place(request, CUSTOMER, fresh("key"), language="en", now=now()).file.order
    return order.order_id


@pytest.fixture
def confirmed(cashier, placed):
    payment = cashier.start(placed)
    cashier.settle(payment, "succeeded")
    cashier.deliver(payment)
    return placed


def raced(order_id, step):
    """What is added to the order's log when a note comes between a step's read and its write."""
    seen = table.load_order(order_id).version
    with watched(Meanwhile(lambda: fulfillment.note(order_id, "meanwhile", CLERK, now()))):
        step(order_id)
    added = [e for e in table.load_file(order_id).events if e.version > seen]
    assert added[0].data == {"text": "meanwhile"}
    return [event.type for event in added[1:]]


@pytest.mark.parametrize(
    ("step", "added"),
    [
        (edit, ["order.changed"]),
        (cancel, ["order.canceled"]),
        (ask_for_invoice, ["invoice.requested"]),
    ],
)
def test_a_customer_takes_it_as_if_nobody_had_come_between(placed, step, added):
    assert raced(placed, step) == added


def test_a_payment_is_begun_once_as_if_nobody_had_come_between(cashier, placed):
    assert raced(placed, cashier.start) == ["payment.pending"]


@pytest.mark.parametrize(
    ("step", "added"),
    [
        (accept, ["order.accepted"]),
        (reject, ["order.rejected", "refund.pending", "refund.succeeded"]),
        (note, ["order.noted"]),
        (move_promise, ["order.promise_moved"]),
        (refund, ["refund.pending", "refund.succeeded"]),
    ],
)
def test_staff_take_it_as_if_nobody_had_come_between(confirmed, step, added):
    assert raced(confirmed, step) == added
