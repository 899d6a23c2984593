"""Whatever call a function dies at: the client tries again, the sweep repairs, the books hold."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import pytest

from chalicelib.domain.fulfillment import allows
from chalicelib.domain.ids import fresh
from chalicelib.domain.invoice_details import InvoiceDetails
from chalicelib.domain.order_requests import EditRequest
from chalicelib.domain.orders import Actor
from chalicelib.services import (
    cancellations,
    edits,
    fulfillment,
    invoices,
    orders,
    papers,
    payments,
    refund_drive,
    refunds,
    rules,
    webhooks,
)
from chalicelib.services.refunds import RefundRequest
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from tests.factories import CLERK, CUSTOMER, MANAGER, an_order_request, stock_of
from tests.reliability.crashes import Calls, deaths, killed_at, points, watched

SYSTEM = Actor("system", "system:test")
SOON = timedelta(seconds=1)


def now():
    return datetime.now(UTC)


def unchecked(order):
    """The caller does not mind the version."""


def placed(**overrides):
    return orders.place(
        an_order_request(**overrides), CUSTOMER, fresh("key"), language="en", now=now()
    ).file.order


def paid(cashier):
    order = placed(allow_duplicate=True)
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "succeeded")
    cashier.deliver(payment)
    return table.load_order(order.order_id)


def everywhere(prepare: Callable, act: Callable, check: Callable):
    """`act` on fresh preparations, killed at each point and then done again, must hold `check`."""
    prepared = prepare()
    act(prepared)
    rehearsal = Calls()
    again = prepare()
    with watched(rehearsal):
        act(again)
    assert rehearsal.count >= 2, rehearsal.names
    for met in deaths(points(rehearsal)):
        subject = prepare()
        for point in met:
            killed_at(point, partial(act, subject))
        act(subject)
        check(subject)
        assert check_invariants(now()) == [], (met, rehearsal.names)


def test_placing(shop):
    def prepare():
        return fresh("key")

    def act(key):
        request = an_order_request(allow_duplicate=True)
        orders.place(request, CUSTOMER, key, language="en", now=now())

    def check(key):
        file = orders.find_by_key(CUSTOMER, key)
        assert [event.type for event in file.events] == ["order.placed"]

    rules.forget()
    everywhere(prepare, act, check)
    available, reserved, _ = stock_of("apple")
    assert available + reserved == 500


def test_starting_a_payment(cashier):
    def prepare():
        return placed(allow_duplicate=True)

    def act(order):
        cashier.start(order.order_id)

    def check(order):
        file = table.load_file(order.order_id)
        (payment,) = file.payments
        assert payment.next_action.url
        assert file.order.open_payment_id == payment.payment_id

    everywhere(prepare, act, check)


def test_a_webhook(cashier):
    def prepare():
        order = placed(allow_duplicate=True)
        payment = cashier.start(order.order_id)
        cashier.settle(payment, "succeeded")
        return order, cashier.heard(payment)[0]

    def act(prepared):
        webhooks.receive("sandbox", prepared[1], now())

    def check(prepared):
        file = table.load_file(prepared[0].order_id)
        assert [event.type for event in file.events].count("payment.captured") == 1
        assert file.order.status == "confirmed"

    everywhere(prepare, act, check)


def test_asking_the_provider(cashier):
    def prepare():
        order = placed(allow_duplicate=True)
        payment = cashier.start(order.order_id)
        cashier.settle(payment, "webhook_lost")
        return payment

    def act(payment):
        payments.ask_provider(payment.order_id, payment.payment_id, now())

    def check(payment):
        assert table.load_order(payment.order_id).status == "confirmed"

    everywhere(prepare, act, check)


def test_canceling_what_is_paid(cashier):
    def act(order):
        cancellations.cancel(order.order_id, "test", CUSTOMER, now(), unchecked)
        refund_drive.drive_pending(order.order_id, now())

    def check(order):
        found = table.load_order(order.order_id)
        assert (found.status, found.payment_status) == ("canceled", "refunded")
        assert found.refunded_minor == found.captured_minor

    everywhere(lambda: paid(cashier), act, check)


def test_canceling_while_a_payment_is_open(cashier):
    def prepare():
        order = placed(allow_duplicate=True)
        cashier.start(order.order_id)
        return order

    def act(order):
        cancellations.cancel(order.order_id, "test", CUSTOMER, now(), unchecked)

    def check(order):
        file = table.load_file(order.order_id)
        assert file.order.status == "canceled"
        assert file.payments[0].status == "expired"

    everywhere(prepare, act, check)


def test_refunding(cashier):
    def act(order):
        wish = RefundRequest(
            reason="half", amount=msgspec.structs.replace(order.totals.total, amount_minor=500)
        )
        refunds.request(order.order_id, wish, MANAGER, "refund-1", now())
        refund_drive.drive_pending(order.order_id, now())

    def check(order):
        assert table.load_order(order.order_id).refunded_minor == 500

    everywhere(lambda: paid(cashier), act, check)


def test_editing_what_is_paid(cashier):
    def act(order):
        wish = msgspec.convert({"line_items": [{"sku": "apple", "quantity": 1}]}, EditRequest)
        edits.edit(order.order_id, wish, CUSTOMER, now(), unchecked)
        refund_drive.drive_pending(order.order_id, now())

    def check(order):
        found = table.load_order(order.order_id)
        assert found.totals.total.amount_minor == 350
        assert found.captured_minor - found.refunded_minor == 350

    everywhere(lambda: paid(cashier), act, check)


def events_of(order, kind):
    return [one for one in table.load_file(order.order_id).events if one.type == kind]


def test_issuing_an_invoice(cashier):
    def act(order):
        (captured,) = events_of(order, "payment.captured")
        invoices.issue(captured, now())

    def check(order):
        file = table.load_file(order.order_id)
        assert [one.kind for one in file.invoices] == ["invoice"]
        assert len(events_of(order, "invoice.issued")) == 1
        for paper in papers.forms().values():
            assert papers.read(file.invoices[0], paper, "en")

    everywhere(lambda: paid(cashier), act, check)


def test_issuing_a_credit_note_for_a_refund(cashier):
    def prepare():
        order = paid(cashier)
        invoices.issue(events_of(order, "payment.captured")[0], now())
        amount = msgspec.structs.replace(order.totals.total, amount_minor=500)
        wish = RefundRequest(reason="half", amount=amount)
        refunds.request(order.order_id, wish, MANAGER, "refund-1", now())
        return order

    def act(order):
        (refunded,) = events_of(order, "refund.succeeded")
        invoices.issue(refunded, now())

    def check(order):
        _, note = table.load_file(order.order_id).invoices
        assert (note.kind, note.totals.total.amount_minor) == ("credit_note", 500)

    everywhere(prepare, act, check)


def test_asking_for_other_details(cashier):
    details = InvoiceDetails(title="Acme")

    def act(order):
        invoices.ask_for(order.order_id, details, CUSTOMER, now())

    def check(order):
        assert len(events_of(order, "invoice.requested")) == 1
        assert table.load_file(order.order_id).buyer == details.as_buyer()

    everywhere(lambda: paid(cashier), act, check)


@pytest.mark.parametrize("steps", [("accept",), ("accept", "prepare", "ready", "complete")])
def test_steps_of_staff(cashier, steps):
    def act(order):
        for step in steps:
            found = table.load_order(order.order_id)
            if allows(found, step):
                fulfillment.perform(order.order_id, step, CLERK, now(), unchecked)

    def check(order):
        expected = "accepted" if steps == ("accept",) else "completed"
        assert table.load_order(order.order_id).status == expected

    everywhere(lambda: paid(cashier), act, check)


def test_letting_an_unpaid_order_go(cashier):
    def prepare():
        order = placed(allow_duplicate=True)
        cashier.start(order.order_id)
        return order

    def act(order):
        cancellations.expire(order.order_id, SYSTEM, now() + timedelta(hours=1))

    def check(order):
        assert table.load_order(order.order_id).status == "canceled"

    everywhere(prepare, act, check)
