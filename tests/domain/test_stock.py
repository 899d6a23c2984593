"""Stock: whatever is moved, sold and counted, every unit received is accounted for."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.catalogue import BundlePart, Product
from chalicelib.domain.errors import Conflict
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor
from chalicelib.domain.stock import (
    Movement,
    StockLevel,
    available_of,
    changes_between,
    ledger_faults,
    moved,
    stocked_skus,
)
from chalicelib.domain.stock_drift import drift_of

EMPTY = StockLevel(store_id="sto_1", sku="apple")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def ordered(level, act, quantity):
    """What orders do to a level, under the conditions of their transactions."""
    if act == "reserve" and level.shortfall == 0 and level.available >= quantity:
        return msgspec.structs.replace(
            level, available=level.available - quantity, reserved=level.reserved + quantity
        )
    if act == "release" and level.reserved >= quantity:
        return msgspec.structs.replace(
            level, available=level.available + quantity, reserved=level.reserved - quantity
        )
    if act == "commit" and level.reserved >= quantity:
        return msgspec.structs.replace(
            level, sold=level.sold + quantity, reserved=level.reserved - quantity
        )
    return level


def a_row(before, after, kind, quantity):
    return Movement(
        movement_id="mov_1", store_id="sto_1", sku="apple", kind=kind, quantity=quantity,
        reason="test", at=NOW, actor=Actor("system", "test"),
        changes=changes_between(before, after), level=after,
    )  # fmt: skip


STEPS = st.lists(
    st.tuples(
        st.sampled_from([
            "receive", "adjust", "count", "damage", "transfer", "settle",
            "reserve", "release", "commit",
        ]),
        st.integers(0, 30),
    ),
    max_size=40,
)  # fmt: skip


@given(STEPS)
def test_the_books_balance_after_any_life(steps):
    level, rows = EMPTY, []
    for kind, quantity in steps:
        before = level
        if kind in {"reserve", "release", "commit"}:
            level = ordered(level, kind, quantity)
        else:
            try:
                level = moved(level, kind, quantity)
            except Conflict:
                continue
            rows.append(a_row(before, level, kind, quantity))
        assert drift_of(level, NOW).faults == ()
    assert ledger_faults(level, rows) == []


@given(STEPS, st.integers(0, 60))
def test_after_a_count_as_many_are_on_hand_as_were_counted(steps, counted):
    level = EMPTY
    for kind, quantity in steps:
        if kind == "receive":
            level = moved(level, kind, quantity)
        elif kind in {"reserve", "release", "commit"}:
            level = ordered(level, kind, quantity)
    after = moved(level, "count", counted)
    assert after.on_hand == counted
    assert after.sellable == max(0, counted - level.reserved)


def test_a_level_that_its_movements_do_not_explain_is_told():
    off = msgspec.structs.replace(EMPTY, available=3, received=2)
    assert ledger_faults(off, []) == ["received is 2 but its movements add up to 0"]


def test_more_than_can_be_sold_is_not_taken():
    level = moved(EMPTY, "receive", 5)
    with pytest.raises(Conflict) as refused:
        moved(level, "damage", 6)
    assert refused.value.facts == {"sku": "apple", "available": 5}


def a_product(sku, bundle_of=None):
    return Product(
        product_id=sku, sku=sku, name={"en": sku}, price=Money(1, "CNY"), category="all",
        bundle_of=bundle_of,
    )  # fmt: skip


def test_a_bundle_is_as_available_as_its_scarcest_part():
    bundle = a_product("set", (BundlePart("apple", 2), BundlePart("tea", 1)))
    levels = {"apple": moved(EMPTY, "receive", 7), "tea": moved(EMPTY, "receive", 5)}
    assert stocked_skus([bundle, a_product("apple")]) == ["apple", "tea"]
    assert available_of(bundle, levels) == 3
    assert available_of(bundle, {"apple": levels["apple"]}) == 0
