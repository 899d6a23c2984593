"""An event that no webhook brought is found where the provider lists it, and applied once."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.ids import fresh
from chalicelib.services import event_pass, orders, reconciliation
from chalicelib.store import event_cursors
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, an_order_request
from tests.stripe_company import DOWN

LATER = timedelta(minutes=2)


def now():
    return datetime.now(UTC)


@pytest.fixture
def order_id(shop):
    placed = orders.place(an_order_request(), CUSTOMER, fresh("key"), language="en", now=now())
    return placed.file.order.order_id


def passed(name="stripe", at=None, seconds=60.0):
    moment = at or now() + LATER
    return event_pass.pass_over(name, lambda: moment, moment + timedelta(seconds=seconds))


def state(order_id):
    order = table.load_order(order_id)
    return order.status, order.payment_status


def test_a_capture_whose_webhook_was_lost_is_applied_once(stripe, order_id):
    reference = stripe.start(order_id).reference
    event = stripe.pay(reference)
    first = passed()
    assert (first.listed, first.applied, first.complete) == (1, 1, True)
    assert state(order_id) == ("confirmed", "paid")
    assert passed().listed == 0
    stripe.deliver(event)
    types = [event.type for event in table.load_file(order_id).events]
    assert types.count("payment.captured") == 1


def test_what_webhooks_brought_is_not_news(stripe, order_id):
    stripe.deliver(stripe.pay(stripe.start(order_id).reference))
    done = passed()
    assert (done.listed, done.applied, done.orphans) == (1, 0, 0)


def test_many_pages_are_read_to_the_end(stripe, order_id):
    reference = stripe.start(order_id).reference
    passed()
    stripe.happened("payment_intent.processing", stripe.intents[reference])
    passed()
    stripe.page = 2
    for _ in range(5):
        stripe.happened("payment_intent.processing", stripe.intents[reference])
    stripe.pay(reference)
    done = passed()
    assert (done.listed, done.applied) == (6, 1)
    assert state(order_id) == ("confirmed", "paid")


def test_an_event_that_is_hardly_a_minute_old_is_read_once_more(stripe, order_id):
    """Stripe may list an older one after it."""
    stripe.pay(stripe.start(order_id).reference)
    assert passed(at=now()).applied == 1
    again = passed(at=now())
    assert (again.listed, again.applied) == (1, 0)


def test_a_company_that_is_down_is_asked_again_from_the_same_place(stripe, order_id):
    stripe.pay(stripe.start(order_id).reference)
    passed()
    cursor = event_cursors.find("stripe").cursor
    respond, stripe.respond = stripe.respond, lambda _: DOWN
    assert not passed().complete
    assert event_cursors.find("stripe").cursor == cursor
    stripe.respond = respond
    assert passed().complete


def test_a_cursor_that_the_company_forgot_is_given_up(stripe, order_id):
    event_cursors.save(
        event_cursors.EventCursor(provider="stripe", cursor="evt_of_last_year", read_at=now())
    )
    stripe.pay(stripe.start(order_id).reference)
    assert passed().applied == 1


def test_what_belongs_to_nobody_is_kept_and_counted_once(stripe, order_id):
    stripe.refund("pi_of_another_shop", 100)
    assert passed().orphans == 1
    assert passed().orphans == 0


def test_the_sandbox_company_is_read_the_same_way(cashier, order_id):
    payment = cashier.start(order_id)
    cashier.settle(payment, "webhook_lost")
    done = reconciliation.reconcile(now, timedelta(seconds=60))
    (of_sandbox,) = [one for one in done.passes if one.provider == "sandbox"]
    assert of_sandbox.complete
    assert state(order_id) == ("confirmed", "paid")


def test_no_time_left_leaves_the_rest_for_the_next_time(stripe, order_id):
    stripe.pay(stripe.start(order_id).reference)
    assert not passed(seconds=-1).complete
    assert state(order_id)[1] == "pending"
