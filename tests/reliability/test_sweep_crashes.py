"""A sweep killed at any call: the next one finishes its work, and does nothing twice."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from chalicelib.domain.cancellations import close
from chalicelib.domain.ids import fresh
from chalicelib.domain.orders import Actor
from chalicelib.services import fulfillment, orders, rules, stock_drift, sweep, verify_books
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from chalicelib.store import stock_levels
from chalicelib.store.tables import StockItem
from tests.factories import CLERK, CUSTOMER, MANAGER, MARKET, an_order_request
from tests.reliability.crashes import Calls, deaths, killed_at, watched
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import cases, events_of, give_receipts, make_queues

READS = frozenset({"Query", "GetItem", "BatchGetItem", "GetSecretValue"})
A_WHILE = timedelta(minutes=3)
NEXT = timedelta(minutes=2)
ENDING = Actor("system", "test")


@pytest.fixture(autouse=True)
def _queues(cashier):
    make_queues()


def now():
    return datetime.now(UTC)


def swept(after):
    moment = now() + after
    sweep.sweep("test", lambda: moment, timedelta(seconds=20), wait=lambda _: None)


def placed():
    request = an_order_request(allow_duplicate=True)
    return orders.place(request, CUSTOMER, fresh("key"), language="en", now=now()).file.order


def telling(rehearsal):
    """Every point that differs: to die after a read is to die after the write before it."""
    written = [(n, "after") for n, name in enumerate(rehearsal.names) if name not in READS]
    return [(0, "before"), *written]


def everywhere(prepare, check, after=A_WHILE):
    """Kill a sweep at each of its calls; the next, when the leases ended, must put it right."""
    swept(after)
    prepare()
    rehearsal = Calls()
    with watched(rehearsal):
        swept(after)
    for met in deaths(telling(rehearsal)):
        subject = prepare()
        for number, point in enumerate(met):
            killed_at(point, partial(swept, after + number * NEXT))
        give_receipts(subject.order_id)
        swept(after + len(met) * NEXT)
        check(subject)
        give_receipts(subject.order_id)  # so that it costs the sweeps after this nothing
        assert check_invariants(now()) == [], (met, rehearsal.names)


def test_stock_that_no_order_holds_goes_back_on_sale_once():
    leaks = []

    def prepare():
        order = placed()
        leaks.append(f"crate-{len(leaks)}")  # another each time: each has a case of its own
        key = stock_levels.level_key(leaks[-1])
        StockItem(MARKET, key, available=3, reserved=2, received=5).save()
        lately = now() - A_WHILE
        stock_drift.note_all(verify_books.read(lately, has_open_case=lambda _: True).drifts)
        return order

    def check(order):
        rows = stock_levels.every_movement(MARKET)
        assert sorted(row.sku for row in rows if row.kind == "rebalance") == sorted(leaks)

    everywhere(prepare, check)


def test_a_lost_webhook_is_found_by_asking(cashier):
    def prepare():
        order = placed()
        payment = cashier.start(order.order_id)
        cashier.settle(payment, "webhook_lost")
        give_receipts(order.order_id)
        return order

    def check(order):
        found = table.load_order(order.order_id)
        assert found.status == "confirmed"
        assert events_of(order.order_id).count("payment.captured") == 1
        [case] = [c for c in cases("payment_stale") if c.subject.id == order.order_id]
        assert case.status == "resolved"

    rules.change("order_not_returned", {"enabled": False}, MANAGER, version=None, now=now())
    everywhere(prepare, check)


def test_an_order_not_accepted_has_one_case(cashier):
    def prepare():
        _, order = a_confirmed_order(CUSTOMER, order_id=placed().order_id, now=now())
        give_receipts(order.order_id)
        return order

    def check(order):
        [case] = [c for c in cases("order_not_returned") if c.subject.id == order.order_id]
        assert case.status == "open"
        assert case.repairs
        assert case.alert_level >= 1
        opened = [
            event
            for event in table.load_file(order.order_id).events
            if event.type == "exception.opened" and event.data["case_id"] == case.case_id
        ]
        assert len(opened) == 1
        fulfillment.perform(order.order_id, "accept", CLERK, now(), lambda _: None)

    everywhere(prepare, check)


def test_what_ended_unclosed_is_closed_at_its_company(cashier):
    """The company could not be reached when the customer canceled."""

    def prepare():
        order = placed()
        cashier.start(order.order_id)
        ended = close(table.load_order(order.order_id), "canceled", "test", ENDING, now())
        orders.save(ended, now())
        give_receipts(order.order_id)
        return order

    def check(order):
        [payment] = table.load_file(order.order_id).payments
        assert payment.status == "expired"
        assert events_of(order.order_id).count("payment.expired") == 1

    everywhere(prepare, check)


def test_an_unpaid_order_expires_once(cashier):
    def prepare():
        order = placed()
        cashier.start(order.order_id)
        give_receipts(order.order_id)
        return order

    def check(order):
        assert table.load_order(order.order_id).status == "canceled"
        assert events_of(order.order_id).count("order.canceled") == 1

    everywhere(prepare, check, after=timedelta(minutes=20))
