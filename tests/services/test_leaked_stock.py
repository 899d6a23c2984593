"""Stock that an order holds after its end, as if its release had been lost: it is let go once."""

import msgspec
import pytest

from chalicelib.services import cancellations, fulfillment, orders
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from chalicelib.store import stock_levels
from chalicelib.store.order_packing import pack
from chalicelib.store.tables import OrderItem, StockItem
from tests.factories import CLERK, CUSTOMER, MARKET, NOW, an_order_request
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import cases, events_of, give_receipts, make_queues, sweep_at


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def canceled():
    order = orders.place(an_order_request(), CUSTOMER, "key", language="en", now=NOW).file.order
    cancellations.cancel(order.order_id, "changed my mind", CUSTOMER, NOW, lambda _: None)
    return order, "available"


def completed():
    _, order = a_confirmed_order(CUSTOMER)
    for act in ("accept", "prepare", "ready", "complete"):
        fulfillment.perform(order.order_id, act, CLERK, NOW, lambda _: None)
    return order, "sold"


def leak(order, moved_to):
    """Undo in the tables what its end did to the stock."""
    held = msgspec.structs.replace(table.load_order(order.order_id), reserved=order.reserved)
    OrderItem.get(order.order_id, "order").update(actions=[OrderItem.packed.set(pack(held))])
    for sku, units in order.reserved.items():
        back = getattr(StockItem, moved_to).add(-units)
        StockItem(MARKET, table.stock_key(sku)).update(
            actions=[back, StockItem.reserved.add(units)]
        )
    table.redate(held, NOW)


@pytest.mark.parametrize("ended", [canceled, completed])
def test_it_goes_where_the_order_s_end_should_have_put_it(ended):
    order, goes_to = ended()
    give_receipts(order.order_id)
    skus = list(order.reserved)
    before = stock_levels.find_levels(MARKET, skus)
    leak(order, goes_to)
    assert check_invariants(NOW) != []
    sweep_at(1)
    sweep_at(2)
    assert stock_levels.find_levels(MARKET, skus) == before
    assert check_invariants(NOW) == []
    assert events_of(order.order_id).count("reservation.ended") == 1
    (case,) = cases("reservation_leaked")
    assert [(run.action, run.outcome) for run in case.repairs] == [("let_stock_go", "done")]
    assert case.status == "resolved"
