"""What is put right in a stock level without counting, and what only a count can tell."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.stock import StockLevel, moved
from chalicelib.domain.stock_drift import SURE_AFTER, after, drift_of, rebalanced, told
from tests.factories import NOW

LEVEL = StockLevel(
    store_id="sto_1", sku="apple", available=5, reserved=4, sold=3, received=14, written_off=2
)
LATER = NOW + SURE_AFTER
A_DAY = timedelta(days=1)


def level_with(**changes):
    added = {name: getattr(LEVEL, name) + n for name, n in changes.items()}
    return msgspec.structs.replace(LEVEL, **added)


def seen_twice(level, held, sold=None, at=LATER):
    before = drift_of(level, NOW, held=held, sold=sold)
    return after(drift_of(level, at, held=held, sold=sold), before)


def faults(level, **seen):
    return [fault["en"] for fault in drift_of(level, NOW, **seen).faults]


def test_a_level_that_adds_up_by_itself_and_with_its_orders_has_no_faults():
    assert faults(LEVEL) == []
    assert faults(LEVEL, held=4, sold=3) == []


@pytest.mark.parametrize(
    ("level", "seen", "words"),
    [
        (level_with(available=2), {}, ["received 14, accounted for 16"]),
        (level_with(sold=-5), {}, ["received 14, accounted for 9", "sold is negative"]),
        (LEVEL, {"held": 3}, ["reserved 4, orders hold 3"]),
        (LEVEL, {"held": 4, "sold": 5}, ["sold 3, orders took 5"]),
    ],
)
def test_each_law_says_what_is_wrong(level, seen, words):
    assert faults(level, **seen) == words


def test_more_on_sale_than_the_books_allow_is_taken_off_sale_at_once():
    off = level_with(available=2)
    mended = rebalanced(drift_of(off, NOW, held=4))
    assert mended == LEVEL
    assert told(off, mended)["en"] == "available 7 → 5."


def test_units_that_came_in_and_are_nowhere_wait_for_a_count():
    missing = level_with(available=-2)
    drift = seen_twice(missing, held=4, sold=3)
    assert rebalanced(drift) == missing
    counted = moved(missing, "count", 9)  # all are there: 5 free and 4 reserved
    assert counted == LEVEL
    short = moved(missing, "count", 8)
    assert (short.available, short.written_off, short.received) == (4, 3, 14)


def test_what_no_order_holds_goes_back_on_sale_once_that_is_sure():
    leaked = level_with(reserved=2, available=-2)
    first = drift_of(leaked, NOW, held=4, sold=3)
    assert not first.is_sure
    assert rebalanced(first) == leaked
    assert rebalanced(seen_twice(leaked, held=4, sold=3)) == LEVEL


def test_it_does_not_while_nobody_has_looked_whether_it_was_sold():
    leaked = level_with(reserved=2, available=-2)
    mended = rebalanced(seen_twice(leaked, held=4))
    assert (mended.reserved, mended.available) == (4, 3)
    assert drift_of(mended, NOW).unaccounted == 2


def test_what_orders_hold_beyond_what_is_reserved_is_taken_off_sale():
    leaked = level_with(reserved=-2, available=2)
    assert rebalanced(seen_twice(leaked, held=4)) == LEVEL


def test_what_was_promised_and_never_came_is_missing_until_it_is_counted():
    oversold = level_with(available=-5, received=-5)
    mended = rebalanced(seen_twice(oversold, held=6))
    assert (mended.available, mended.reserved, mended.shortfall, mended.received) == (0, 6, 2, 11)
    assert drift_of(mended, NOW).faults == ()
    counted = moved(mended, "count", 6)
    assert (counted.shortfall, counted.sellable) == (0, 0)


def test_sold_is_put_right_when_two_nights_agree():
    wrong = level_with(sold=-2, available=2)
    one_night = drift_of(wrong, NOW, held=4, sold=3)
    assert (one_night.units, rebalanced(one_night)) == (0, wrong)
    two_nights = seen_twice(wrong, held=4, sold=3, at=NOW + A_DAY)
    assert (two_nights.units, rebalanced(two_nights)) == (2, LEVEL)


def test_what_the_night_found_of_sold_is_remembered_by_day():
    night = drift_of(level_with(sold=-2, available=2), NOW, held=4, sold=3)
    one_more_sold = level_with(sold=-1, available=2, reserved=-1)
    day = after(drift_of(one_more_sold, LATER, held=3), night)
    assert (day.sold, day.since, day.seen_at) == (4, NOW, LATER)


def test_another_difference_is_another_trouble():
    before = drift_of(LEVEL, NOW, held=3)
    assert after(drift_of(LEVEL, LATER, held=2), before).since == LATER
    assert after(drift_of(LEVEL, LATER, held=3), before).since == NOW


COUNTS = st.integers(-9, 9)
LEVELS = st.builds(
    StockLevel, store_id=st.just("sto_1"), sku=st.just("apple"),
    available=COUNTS, reserved=COUNTS, sold=COUNTS, received=COUNTS, written_off=COUNTS,
    shortfall=st.integers(0, 9),
)  # fmt: skip


@given(LEVELS, st.integers(0, 9), st.none() | st.integers(0, 9), st.sampled_from([NOW, LATER]))
def test_whatever_was_off_nothing_that_nobody_saw_is_put_on_sale(level, held, sold, at):
    drift = seen_twice(level, held, sold, at)
    mended = rebalanced(drift)
    left = drift_of(mended, at, held=held)
    assert left.unaccounted >= 0
    assert left.negative == {}
    assert mended.available <= max(0, level.available) + max(0, drift.reserved_off)
    if drift.is_sure:
        assert mended.reserved == held
    else:
        assert mended.reserved == max(0, level.reserved)
    if drift.is_sure and not drift.sold_off:
        assert rebalanced(after(drift_of(mended, at, held=held, sold=sold), drift)) == mended


@given(LEVELS, st.integers(0, 30))
def test_a_count_balances_whatever_was_off(level, counted):
    assert drift_of(moved(level, "count", counted), NOW).unaccounted == 0
