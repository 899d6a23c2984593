"""Stock in its table: a movement and its row are one transaction, on a level that stood still."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain import stock
from chalicelib.domain.errors import Stale
from chalicelib.domain.orders import Actor
from chalicelib.domain.stock import Movement, StockLevel
from chalicelib.store import stock_levels
from chalicelib.store.stock_levels import AlreadyMoved, Step
from chalicelib.store.tables import StockItem

pytestmark = pytest.mark.usefixtures("engine")
STORE = "sto_1"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def a_step(before, kind, quantity, number=1):
    level = before or StockLevel(store_id=STORE, sku="apple")
    after = stock.moved(level, kind, quantity)
    movement = Movement(
        movement_id=f"mov_{number}", store_id=STORE, sku="apple", kind=kind, quantity=quantity,
        reason="test", at=NOW, actor=Actor("staff", "mo"),
        changes=stock.changes_between(level, after), level=after,
    )  # fmt: skip
    return Step(before, movement)


def present():
    return stock_levels.find_levels(STORE, ["apple"]).get("apple")


def rows():
    return stock_levels.list_movements(STORE, sku=None, after=None, limit=10)[0]


def test_a_first_movement_makes_the_level():
    step = a_step(None, "receive", 5)
    stock_levels.save([step])
    assert present() == step.movement.level
    assert rows() == [step.movement]


def test_a_level_that_moved_meanwhile_refuses_and_keeps_no_row():
    stock_levels.save([a_step(None, "receive", 5)])
    seen = present()
    StockItem(STORE, stock_levels.level_key("apple")).update(
        actions=[StockItem.available.add(-1), StockItem.reserved.add(1)]
    )
    with pytest.raises(Stale):
        stock_levels.save([a_step(seen, "count", 2, number=2)])
    with pytest.raises(Stale):
        stock_levels.save([a_step(None, "receive", 2, number=3)])
    assert (present().available, present().reserved) == (4, 1)
    assert len(rows()) == 1


def test_a_count_that_changes_nothing_still_leaves_its_row():
    stock_levels.save([a_step(None, "receive", 5)])
    stock_levels.save([a_step(present(), "count", 5, number=2)])
    assert [row.kind for row in rows()] == ["count", "receive"]


def test_a_request_is_carried_out_once():
    first = a_step(None, "receive", 5)
    stock_levels.save([first], ("req_1", "fp"))
    with pytest.raises(AlreadyMoved):
        stock_levels.save([a_step(present(), "receive", 5, number=2)], ("req_1", "fp"))
    receipt = stock_levels.find_receipt("req_1")
    assert receipt.fingerprint == "fp"
    assert stock_levels.load_movement(receipt) == first.movement
    assert present().available == 5


def test_a_shortfall_is_there_only_while_there_is_one():
    StockItem(STORE, stock_levels.level_key("apple"), available=0, reserved=5, received=5).save()
    stock_levels.save([a_step(present(), "count", 3)])
    item = StockItem.get(STORE, stock_levels.level_key("apple"))
    assert item.shortfall == 2
    stock_levels.save([a_step(present(), "receive", 4, number=2)])
    item = StockItem.get(STORE, stock_levels.level_key("apple"))
    assert (item.shortfall, item.available) == (None, 2)
