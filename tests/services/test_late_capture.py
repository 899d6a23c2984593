"""Money that is still here after its order ended goes back by the sweep, once."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.cancellations import close
from chalicelib.domain.ids import fresh
from chalicelib.domain.orders import Actor
from chalicelib.services import orders
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, an_order_request
from tests.services.sweeping import cases, give_receipts, make_queues, sweep_at

SYSTEM = Actor("system", "test")


def now():
    return datetime.now(UTC)


def test_what_an_ended_order_still_holds_is_given_back_by_the_sweep(cashier):
    make_queues()
    placed = orders.place(an_order_request(), CUSTOMER, fresh("key"), language="en", now=now())
    order_id = placed.file.order.order_id
    payment = cashier.start(order_id)
    cashier.settle(payment, "succeeded")
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
