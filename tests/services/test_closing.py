"""A payment of an ended order is closed at its company, as soon as that can be reached."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from chalicelib.domain import payment_closings
from chalicelib.domain.ids import fresh
from chalicelib.services import cancellations, orders
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, an_order_request
from tests.services.sweeping import events_of, make_queues, sweep_at


@pytest.fixture
def order_id(stripe):
    make_queues()
    request = an_order_request()
    placed = orders.place(request, CUSTOMER, fresh("key"), language="en", now=datetime.now(UTC))
    return placed.file.order.order_id


@pytest.fixture
def payment(stripe, order_id):
    """Canceled while its company could not be reached."""
    payment = stripe.start(order_id)
    stripe.is_down = True
    cancellations.cancel(order_id, "", CUSTOMER, datetime.now(UTC), lambda _: None)
    return payment


def swept(payment, seconds):
    return sweep_at(at=payment.created_at + timedelta(seconds=seconds))


def payment_of(order_id):
    return table.load_file(order_id).payments[0]


def test_once_it_can_be_reached_again(stripe, order_id, payment):
    swept(payment, 5)
    stripe.is_down = False
    swept(payment, 20)
    assert payment_of(order_id).status == "pending"
    swept(payment, 70)
    assert payment_of(order_id).status in {"canceled", "expired"}
    assert "payment.expired" in events_of(order_id)


def test_what_was_paid_in_the_meantime_goes_back(stripe, order_id, payment):
    swept(payment, 5)
    stripe.is_down = False
    stripe.pay(payment.reference)
    swept(payment, 70)
    swept(payment, 140)
    file = table.load_file(order_id)
    assert [refund.status for refund in file.refunds] == ["succeeded"]
    assert (file.order.status, file.order.payment_status) == ("canceled", "refunded")


def test_ever_more_seldom_and_not_for_ever(order_id, payment):
    ended = table.load_order(order_id)
    tries, known = [], payment_of(order_id)
    while (at := payment_closings.due_at(ended, known)) is not None:
        tries.append(at)
        known = msgspec.structs.replace(known, asked_at=at)
    gaps = [(after - before).total_seconds() for before, after in pairwise(tries)]
    assert tries[0] == ended.closed_at
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[-1]) == (60, 3600)
    assert 25 < len(tries) < 40


def test_the_payment_of_an_order_that_goes_on_is_closed_when_its_time_is_over(order_id, payment):
    goes_on = msgspec.structs.replace(table.load_order(order_id), status="accepted", closed_at=None)
    known = msgspec.structs.replace(payment_of(order_id), asked_at=None)
    assert payment_closings.due_at(goes_on, known) == known.expires_at
    declined = msgspec.structs.replace(known, status="failed")
    assert payment_closings.due_at(goes_on, declined) is None
