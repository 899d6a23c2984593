"""Orders that are placed later, taking and importing killed at any call: each is one order."""

from datetime import timedelta

import pytest

from chalicelib.domain import ids
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ids import fresh
from chalicelib.services import breaker, intake_queues, order_import, order_intake, sweep
from chalicelib.services import rules as rules_service
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from tests import queues
from tests.factories import CUSTOMER, an_order_request
from tests.reliability.crashes import Calls, Killed, points, watched
from tests.services.intake import buffered_incident, close, drain, messages, now, publish, take
from tests.support.outage import outage


def killed_everywhere(prepare, act, check):
    """`act` killed at each of its calls and then done again must hold `check`."""
    act(prepare())
    rehearsal, subject = Calls(), prepare()
    with watched(rehearsal):
        act(subject)
    assert rehearsal.count >= 2, rehearsal.names
    for number, moment in points(rehearsal):
        subject = prepare()
        try:
            with watched(Calls(number, moment)):
                act(subject)
        except Killed:
            pass
        act(subject)
        check(subject)
        assert check_invariants(now()) == [], (rehearsal.names[number], moment)


def types_of(order_id):
    return [event.type for event in table.load_file(order_id).events]


@pytest.mark.parametrize("recorded", [True, False])
def test_importing(shop, recorded):
    publish()
    rules_service.forget()

    def prepare():
        if recorded:
            incident = buffered_incident()
            order = take(allow_duplicate=True).placed.file.order
            close(incident)
        else:
            with outage("dynamodb"):
                order = take(allow_duplicate=True).placed.file.order
            breaker.forget()
        (body,) = messages()
        return order.order_id, body

    def act(subject):
        order_import.import_message(subject[1], now())

    def check(subject):
        assert types_of(subject[0]) == ["order.received", "order.placed"]

    killed_everywhere(prepare, act, check)


def test_taking_for_an_incident(shop):
    incident = buffered_incident()

    def act(key):
        request = an_order_request(allow_duplicate=True)
        taken = order_intake.take(request, CUSTOMER, key, "en", now())
        assert taken.placed.file.order.status == "received"

    def check(key):
        assert table.load_order(order_id_of(key)).status == "received"

    killed_everywhere(lambda: fresh("key"), act, check)
    close(incident)
    assert drain() == []
    assert messages() == []


def test_an_order_whose_taker_died_before_queueing_it_is_queued_by_the_sweep(shop):
    queues.create()
    incident = buffered_incident()
    key = fresh("key")
    with outage("sqs"), pytest.raises(Unavailable):
        take(key)
    close(incident)
    assert messages() == []
    order = table.load_order(order_id_of(key))
    assert order.status == "received"
    sweep_later()
    assert drain() == []
    steps = [kind for kind in types_of(order.order_id) if kind.startswith("order.")]
    assert steps == ["order.received", "order.placed"]


def test_an_order_that_waits_for_an_incident_is_not_queued_by_the_sweep(shop):
    queues.create()
    buffered_incident()
    take()
    for minutes in range(3, 9):
        sweep_later(minutes)
    assert intake_queues.waiting() == 1


def test_an_order_that_the_queue_may_have_is_queued_again_less_and_less_often(shop):
    queues.create()
    order_intake.take_for_later(an_order_request(), CUSTOMER, fresh("key"), "en", now())
    for minutes in range(3, 18):
        sweep_later(minutes)
    assert intake_queues.waiting() == 1 + 3, "in its 4th, 8th and 16th minute"
    assert drain() == []


def order_id_of(key):
    return ids.order_id(CUSTOMER.key, key)


def sweep_later(minutes=11):
    later = now() + timedelta(minutes=minutes, seconds=5)
    sweep.sweep("test", lambda: later, timedelta(seconds=30), wait=lambda _: None)
