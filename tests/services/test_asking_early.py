"""An open payment is asked about before anybody calls it stale."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.ids import fresh
from chalicelib.services import orders
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, an_order_request
from tests.services.sweeping import cases, make_queues, sweep_at


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


@pytest.fixture
def order_id(stripe):
    request = an_order_request()
    placed = orders.place(request, CUSTOMER, fresh("key"), language="en", now=datetime.now(UTC))
    return placed.file.order.order_id


def swept(began, seconds):
    return sweep_at(at=began + timedelta(seconds=seconds))


def asked(stripe):
    return len([one for one in stripe.asked if one.method == "GET"])


def test_after_half_a_minute_without_a_case(stripe, order_id):
    payment = stripe.start(order_id)
    swept(payment.created_at, 5)
    assert asked(stripe) == 0
    stripe.pay(payment.reference)
    swept(payment.created_at, 31)
    assert table.load_order(order_id).payment_status == "paid"
    assert cases("payment_stale") == []


def test_seldom_and_then_by_the_rule_in_sight_of_people(stripe, order_id):
    payment = stripe.start(order_id)
    swept(payment.created_at, 5)
    for seconds in (31, 70, 110):
        swept(payment.created_at, seconds)
    assert asked(stripe) == 1
    assert cases("payment_stale") == []
    swept(payment.created_at, 125)
    (case,) = cases("payment_stale", "open")
    assert [run.action for run in case.repairs] == ["ask_provider"]


def test_a_provider_that_is_down_is_let_alone_for_a_while(stripe, order_id):
    payment = stripe.start(order_id)
    stripe.is_down = True
    swept(payment.created_at, 5)
    counts = swept(payment.created_at, 31)
    assert counts.failed == 0
    assert table.load_order(order_id).payment_status == "pending"
