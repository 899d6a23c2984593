"""Money that is still here after its order ended goes back by the sweep, once."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.cancellations import close
from chalicelib.domain.ids import fresh
from chalicelib.domain.orders import Actor
from chalicelib.services import case_actions, orders, rules
from chalicelib.services.case_actions import Wish
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, MANAGER, an_order_request
from tests.services.sweeping import cases, give_receipts, make_queues, sweep_at

SYSTEM = Actor("system", "test")


def now():
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def paid(cashier):
    """A paid order, and its payment."""
    placed = orders.place(an_order_request(), CUSTOMER, fresh("key"), language="en", now=now())
    payment = cashier.start(placed.file.order.order_id)
    cashier.settle(payment, "succeeded")
    return placed.file.order.order_id, payment


def test_what_an_ended_order_still_holds_is_given_back_by_the_sweep(cashier):
    order_id, payment = paid(cashier)
    cashier.deliver(payment)
    ended = close(table.load_order(order_id), "canceled", "test", SYSTEM, now())
    orders.save(ended, now())
    give_receipts(order_id)

    for seconds in (31, 32, 33):
        sweep_at(at=now() + timedelta(seconds=seconds))

    file = table.load_file(order_id)
    assert [refund.status for refund in file.refunds] == ["succeeded"]
    assert file.order.payment_status == "refunded"
    [case] = cases("late_capture")
    assert case.status == "resolved"
    assert [(run.action, run.outcome) for run in case.repairs] == [("refund_surplus", "done")]


def test_above_the_limit_a_late_capture_goes_back_when_a_manager_says_so(cashier):
    rules.change("late_capture", {"repair_limit_minor": 1899}, MANAGER, version=None, now=now())
    order_id, payment = paid(cashier)
    ended = close(table.load_order(order_id), "canceled", "test", SYSTEM, now())
    orders.save(ended, now())
    cashier.deliver(payment)
    give_receipts(order_id)
    for seconds in (31, 62, 93):
        sweep_at(at=now() + timedelta(seconds=seconds))
    [case] = cases("late_capture", "open")
    assert (case.needs_approval, case.repairs) == (True, ())
    assert "approve" in case.summary["en"]
    assert table.load_file(order_id).refunds == ()

    wish = Wish(action="repair")
    case_actions.act(case.case_id, wish, MANAGER, now() + timedelta(seconds=100))

    file = table.load_file(order_id)
    assert [refund.status for refund in file.refunds] == ["succeeded"]
    asked = next(event for event in file.events if event.type == "refund.pending")
    assert asked.actor.id == MANAGER.id
    [case] = cases("late_capture")
    assert case.status == "resolved"
    assert [(run.action, run.outcome) for run in case.repairs] == [("refund_surplus", "done")]
