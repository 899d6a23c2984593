"""Reconciling killed at any call: the next run finishes it, and nothing is counted twice."""

import json
from datetime import UTC, datetime, timedelta

from chalicelib.domain.ids import fresh
from chalicelib.services import event_pass, orders, orphans, reconciliation, webhooks
from chalicelib.store import orders as table
from chalicelib.store import reconciliations, webhook_inbox
from chalicelib.store import sweep as sweep_table
from tests.contract.provider_samples import stripe as sample
from tests.factories import CUSTOMER, an_order_request
from tests.reliability.test_crash_everywhere import everywhere


def now():
    return datetime.now(UTC)


def placed():
    request = an_order_request(allow_duplicate=True)
    return orders.place(request, CUSTOMER, fresh("key"), language="en", now=now()).file.order


def types_of(order_id):
    return [event.type for event in table.load_file(order_id).events]


def test_the_pass_over_a_provider_s_events(stripe):
    def prepare():
        order = placed()
        reference = stripe.start(order.order_id, key=fresh("key")).reference
        stripe.pay(reference)
        stripe.refund(reference, 300)
        return order.order_id

    def act(_):
        moment = now() + timedelta(minutes=2)
        event_pass.pass_over("stripe", lambda: moment, moment + timedelta(seconds=60))

    def check(order_id):
        types = types_of(order_id)
        assert types.count("payment.captured") == types.count("refund.succeeded") == 1
        found = table.load_order(order_id)
        assert (found.status, found.refunded_minor) == ("confirmed", 300)

    everywhere(prepare, act, check)


def test_the_daily_match(stripe):
    def prepare():
        stripe.intents.clear()  # one difference at a time: each that was found is found again
        order = placed()
        stripe.pay(stripe.start(order.order_id, key=fresh("key")).reference)
        return order.order_id

    def act(_):
        reconciliation.match_day("stripe", now().date(), "schedule", now())

    def check(order_id):
        report = reconciliations.find(reconciliations.id_of("stripe", now().date()))
        assert order_id in {one.order_id for one in report.differences}
        (record,) = sweep_table.find_whole(order_id).records
        assert record.reconciliation_id == report.reconciliation_id

    everywhere(prepare, act, check)


def test_booking_what_the_provider_kept(stripe):
    def prepare():
        order = placed()
        stripe.deliver(stripe.pay(stripe.start(order.order_id, key=fresh("key")).reference))
        return order.order_id

    def act(_):
        reconciliation.match_day("stripe", now().date(), "schedule", now())

    def check(order_id):
        assert types_of(order_id).count("payment.fee_charged") == 1
        report = reconciliations.find(reconciliations.id_of("stripe", now().date()))
        assert report.fees_waiting == 0

    everywhere(prepare, act, check)


def test_looking_up_an_event_without_an_order(stripe):
    def prepare():
        order = placed()
        payment = stripe.start(order.order_id, key=fresh("key"))
        intent = stripe.intents[payment.reference]
        named, intent["metadata"] = intent["metadata"], {}
        event = stripe.pay(payment.reference)
        stripe.deliver(event)
        intent["metadata"] = named
        return order.order_id, event["id"]

    def act(_):
        orphans.look_up("stripe", now())

    def check(prepared):
        order_id, event_id = prepared
        assert webhook_inbox.find("stripe", event_id).verdict == "applied"
        assert types_of(order_id).count("payment.captured") == 1

    everywhere(prepare, act, check)


def test_a_refund_made_in_the_dashboard(stripe):
    def prepare():
        order = placed()
        reference = stripe.start(order.order_id, key=fresh("key")).reference
        stripe.pay(reference)
        return order.order_id, stripe.refund(reference, 300)

    def act(prepared):
        webhooks.receive("stripe", sample.signed(json.dumps(prepared[1]), now()), now())

    def check(prepared):
        types = types_of(prepared[0])
        assert types.count("payment.captured") == types.count("refund.succeeded") == 1

    everywhere(prepare, act, check)
