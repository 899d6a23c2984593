"""What the sweep finds, mends and leaves alone."""

from datetime import timedelta

import pytest

from chalicelib.services import orders
from chalicelib.store import orders as order_table
from tests.factories import CLERK, CUSTOMER, NOW, an_order_request, stock_of
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import (
    cases,
    events_of,
    give_receipts,
    make_queues,
    messages,
    sweep_at,
)


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def place(key="key-1", caller=CUSTOMER, now=NOW, **overrides):
    request = an_order_request(**overrides)
    return orders.place(request, caller, key, language="en", now=now).file.order


def dated(order_id):
    return order_table.next_check(order_table.load_order(order_id))


def test_a_healthy_order_is_checked_once_and_dated_for_later():
    order = place()
    give_receipts(order.order_id)

    counts = sweep_at(1)

    assert (counts.due, counts.checked, counts.opened, counts.failed) == (1, 1, 0, 0)
    assert dated(order.order_id) == NOW + timedelta(seconds=900)
    assert sweep_at(2).due == 0


def test_an_order_not_accepted_in_time_opens_one_case_and_alerts():
    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)
    sweep_at(1)
    assert cases("order_not_returned") == []

    counts = sweep_at(121)

    [case] = cases("order_not_returned")
    assert counts.opened == 1
    assert (case.status, case.severity, case.cause) == ("open", "critical", "operation")
    assert case.subject.id == order.order_id
    assert [(run.action, run.outcome) for run in case.repairs] == [
        ("deliver_again", "done"), ("mail_merchant", "done"),
    ]  # fmt: skip
    assert [event["type"] for event in messages("merchant-deliveries")] == ["order.confirmed"]
    assert "exception.opened" in events_of(order.order_id)
    assert [alert["case_id"] for alert in messages("ops-alerts")] == [case.case_id]


def test_three_sweeps_act_once():
    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)

    for second in (121, 122, 123):
        sweep_at(second)

    [case] = cases("order_not_returned")
    assert case.count == 3
    assert len(case.repairs) == len({run.action for run in case.repairs})
    assert events_of(order.order_id).count("exception.opened") == 1
    assert len(messages("ops-alerts")) == 1


def test_an_accepted_order_has_its_case_resolved_by_the_next_sweep():
    from chalicelib.services import fulfillment

    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)
    sweep_at(121)

    accepted_at = NOW + timedelta(seconds=130)
    fulfillment.perform(order.order_id, "accept", CLERK, accepted_at, lambda _: None)
    give_receipts(order.order_id)
    counts = sweep_at(131)

    [case] = cases("order_not_returned")
    assert counts.resolved == 1
    assert (case.status, case.resolved_by) == ("resolved", "system:order_not_returned")
    assert "exception.resolved" in events_of(order.order_id)


def test_an_unpaid_order_expires_and_frees_its_stock():
    order = place()
    give_receipts(order.order_id)

    counts = sweep_at(901)

    assert counts.expired == 1
    assert order_table.load_order(order.order_id).status == "canceled"
    assert stock_of("apple") == (500, 0, 0)
    give_receipts(order.order_id)
    sweep_at(1000)
    assert dated(order.order_id) is None
    assert sweep_at(100_000).due == 0
