"""Giving back an order's lines, in whatever steps, comes to exactly what the order cost."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain import line_refunds
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Totals
from tests.rules.stories import a_line, a_placed_order

A_LINE = st.tuples(st.integers(1, 9), st.integers(0, 10_000))


def an_order(lines, discount=0, fee=0, tax=0):
    items = tuple(
        msgspec.structs.replace(a_line("apple", quantity, price), line_id=f"line_{i}")
        for i, (quantity, price) in enumerate(lines, 1)
    )
    subtotal = sum(item.line_total.amount_minor for item in items)
    discount = min(discount, subtotal)
    total = subtotal - discount + fee + tax
    amounts = (Money(minor, "CNY") for minor in (subtotal, discount, fee, tax, total))
    return a_placed_order(line_items=items, totals=Totals(*amounts))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(A_LINE, min_size=1, max_size=6),
    st.integers(0, 5_000), st.integers(0, 2_000), st.integers(0, 5_000), st.randoms(),
)  # fmt: skip
def test_all_lines_come_to_the_total_in_whatever_steps(lines, discount, fee, tax, chance):
    order = an_order(lines, discount, fee, tax)
    units = [item.line_id for item in order.line_items for _ in range(item.quantity)]
    chance.shuffle(units)
    before, given_back = [], 0
    while units:
        many = chance.randint(1, len(units))
        step, units = units[:many], units[many:]
        wish = [(line_id, step.count(line_id)) for line_id in sorted(set(step))]
        priced = line_refunds.price(order, before, wish)
        assert all(line.amount_minor >= 0 for line in priced.lines)
        before += priced.lines
        given_back += priced.amount_minor
    subtotal = order.totals.subtotal.amount_minor
    assert given_back == order.totals.total.amount_minor or (subtotal == 0 and given_back >= 0)


def test_a_discount_and_tax_are_shared_out_by_what_lines_cost():
    order = an_order([(2, 1000), (1, 500)], discount=500, tax=200)
    priced = line_refunds.price(order, (), [("line_1", 1)])
    assert priced.amount_minor == 880  # 1000 of 2500, of which 2200 were paid


def test_the_delivery_fee_goes_back_with_the_last_line():
    order = an_order([(1, 1000), (1, 1000)], fee=500)
    first = line_refunds.price(order, (), [("line_1", 1)])
    last = line_refunds.price(order, first.lines, [("line_2", 1)])
    assert (first.amount_minor, last.amount_minor) == (1000, 1500)


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ([("line_9", 1)], "/line_items/0/line_id"),
        ([("line_1", 1), ("line_1", 1)], "/line_items/1/line_id"),
        ([("line_1", 3)], "/line_items/0/quantity"),
        ([], "/line_items"),
    ],
)
def test_what_is_not_there_cannot_be_given_back(wish, pointer):
    with pytest.raises(InvalidInput) as refused:
        line_refunds.price(an_order([(2, 100)]), (), wish)
    assert [fault.pointer for fault in refused.value.errors] == [pointer]
