"""Stock whose counters do not add up: found, put right as far as orders prove it, else counted."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Stale
from chalicelib.domain.orders import Actor
from chalicelib.domain.stock import MovementRequest
from chalicelib.domain.text import localized
from chalicelib.services import (
    case_actions,
    fulfillment,
    orders,
    rules,
    stock,
    stock_drift,
    verify_books,
)
from chalicelib.services.case_actions import Wish
from chalicelib.store import stock_levels
from chalicelib.store.tables import StockItem
from tests.factories import CLERK, CUSTOMER, MANAGER, MARKET, NOW, an_order_request
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import cases, give_receipts, make_queues, sweep_at

SWEEP = Actor("system", "system:stock_drift")


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def place(key="key-1"):
    request = an_order_request(allow_duplicate=True)
    order = orders.place(request, CUSTOMER, key, language="en", now=NOW).file.order
    give_receipts(order.order_id)
    return order


def tamper(sku="apple", **fields):
    item = StockItem.get(MARKET, f"level#{sku}")
    item.update(actions=[getattr(StockItem, name).add(n) for name, n in fields.items()])


def level(sku="apple"):
    return stock_levels.find_levels(MARKET, [sku])[sku]


def verify_at(second):
    """The nightly look at all books; whether everything is in order."""
    now = NOW + timedelta(seconds=second)
    found = verify_books.read(now, has_open_case=lambda _: True)
    stock_drift.note_all(found.drifts)
    return not found.drifts


def runs():
    [case] = cases("stock_drift")
    return [(run.outcome, localized(run.detail, "en")) for run in case.repairs]


def test_more_on_sale_than_came_in_is_taken_off_sale_as_the_sweep_passes():
    place()
    before = level()
    tamper(available=7)
    sweep_at(61)
    assert level() == before
    [case] = cases("stock_drift")
    assert (case.subject.type, case.subject.id, case.store_id) == ("sku", "apple", MARKET)
    assert "received" in case.summary["en"]
    assert "入库" in case.summary["zh-CN"]
    assert runs() == [("done", f"available {before.available + 7} → {before.available}.")]
    sweep_at(62)
    assert cases("stock_drift")[0].status == "resolved"
    assert verify_at(63)


def test_units_that_are_nowhere_stay_off_sale_until_people_count_them():
    place()
    before = level()
    tamper(available=-7)
    sweep_at(61)
    assert runs() == [("failed", "Only a count can tell: count it.")]
    assert level().available == before.available - 7
    count = MovementRequest(
        sku="apple", store_id=MARKET, kind="count", quantity=before.on_hand, reason="counted"
    )
    stock.move(count, MANAGER, None, NOW + timedelta(seconds=70))
    assert level() == before
    sweep_at(71)
    assert cases("stock_drift")[0].status == "resolved"
    assert verify_at(72)


def test_what_no_order_holds_goes_back_on_sale_after_looking_for_a_while():
    place()
    before = level()
    tamper(available=-2, reserved=2)
    assert not verify_at(0)
    sweep_at(1)
    assert runs() == [("nothing_to_do", "It is put right if it is still so in five minutes.")]
    assert level().reserved == before.reserved + 2
    for minute in range(1, 9):
        sweep_at(60 * minute + 2)
    available, reserved = before.available, before.reserved
    change = f"available {available - 2} → {available}, reserved {reserved + 2} → {reserved}."
    assert runs()[-1] == ("done", change)
    assert level() == before
    assert verify_at(600)
    assert cases("stock_drift")[0].status == "resolved"
    [row] = stock_levels.list_movements(MARKET, sku="apple", after=None, limit=1)[0]
    assert (row.kind, row.actor) == ("rebalance", SWEEP)
    assert row.changes == {"available": 2, "reserved": -2}


def test_what_orders_hold_of_nothing_is_booked_as_missing():
    place()
    held = level().reserved
    StockItem(MARKET, "level#apple").delete()
    verify_at(0)
    verify_at(301)
    sweep_at(302)
    mended = level()
    assert (mended.reserved, mended.shortfall, mended.sellable) == (held, held, 0)
    assert verify_at(303)


def test_a_manager_has_it_put_right_at_once_when_it_lasted():
    place()
    tamper(available=-2, reserved=2)
    rules.change("stock_drift", {"repair": False}, MANAGER, version=None, now=NOW)
    verify_at(0)
    verify_at(301)
    sweep_at(302)
    [case] = cases("stock_drift")
    done = case_actions.act(case.case_id, Wish(action="repair"), MANAGER, NOW + timedelta(hours=1))
    assert done.status == "resolved"
    assert verify_at(3700)


@pytest.mark.parametrize("moved", [{"available": -2, "reserved": 2}, {"reserved": 2, "sold": -2}])
def test_a_mistaken_look_at_a_busy_store_mends_itself(moved):
    place()
    tamper(**moved)
    verify_at(0)
    tamper(**{name: -n for name, n in moved.items()})
    counts = sweep_at(1)
    assert (counts.repaired, counts.alerted) == (1, 0)
    assert runs() == [("done", "It adds up.")]
    sweep_at(2)
    assert cases("stock_drift")[0].status == "resolved"


def test_what_one_night_alone_says_of_sold_is_no_case_and_two_nights_put_it_right():
    _, order = a_confirmed_order(CUSTOMER)
    for act in ("accept", "prepare", "ready", "complete"):
        fulfillment.perform(order.order_id, act, CLERK, NOW, lambda _: None)
    give_receipts(order.order_id)
    before = level()
    assert before.sold
    tamper(sold=-1, available=1)
    verify_at(0)
    sweep_at(1)
    assert cases("stock_drift") == []
    verify_at(86_400)
    sweep_at(86_401)
    assert [outcome for outcome, _ in runs()] == ["done"]
    assert level() == before


def test_books_that_balance_by_night_end_the_case():
    place()
    tamper(available=-2, reserved=2)
    rules.change("stock_drift", {"repair": False}, MANAGER, version=None, now=NOW)
    verify_at(0)
    sweep_at(1)
    assert cases("stock_drift")[0].status == "open"
    tamper(available=2, reserved=-2)
    assert verify_at(2)
    sweep_at(3)
    assert cases("stock_drift")[0].status == "resolved"


def test_an_order_that_comes_between_the_look_and_the_repair_is_not_lost():
    place()
    tamper(available=-2, reserved=2)
    verify_at(0)
    later = NOW + timedelta(seconds=301)
    drift = stock_drift.look(MARKET, "apple", later)
    place("key-2")
    with pytest.raises(Stale):
        stock_drift.rebalance(drift, SWEEP, later)
    again = stock_drift.look(MARKET, "apple", later)
    stock_drift.rebalance(again, SWEEP, later)
    assert verify_at(302)


def test_of_two_that_look_at_the_same_time_one_puts_it_right():
    place()
    before = level()
    tamper(available=-2, reserved=2)
    verify_at(0)
    later = NOW + timedelta(seconds=301)
    first, second = (stock_drift.look(MARKET, "apple", later) for _ in range(2))
    stock_drift.rebalance(first, SWEEP, later)
    with pytest.raises(Stale):
        stock_drift.rebalance(second, SWEEP, later)
    assert level() == before
