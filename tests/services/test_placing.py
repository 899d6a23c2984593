"""Placing an order: once, or not at all."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Conflict, InvalidInput
from chalicelib.services import orders
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, MARKET, NOW, an_order_request, put_stock, stock_of

pytestmark = pytest.mark.usefixtures("shop")


def place(key="key-1", caller=CUSTOMER, **overrides):
    return orders.place(an_order_request(**overrides), caller, key, language="en", now=NOW)


def test_a_placed_order_is_priced_reserves_its_stock_and_logs_the_fact():
    placed = place()

    order = placed.file.order
    assert (order.status, order.version) == ("placed", 1)
    assert order.totals.total.amount_minor == 2 * 350 + 1200
    assert stock_of("apple") == (498, 2, 0)
    file = table.load_file(order.order_id)
    assert [event.type for event in file.events] == ["order.placed"]
    assert file.order == order


def test_the_same_key_and_body_is_the_same_order():
    first, second = place(), place()

    assert second.replayed
    assert second.file.order.order_id == first.file.order.order_id
    assert stock_of("apple") == (498, 2, 0)


def test_the_same_key_with_another_body_is_refused():
    place()

    with pytest.raises(InvalidInput) as refused:
        place(line_items=[{"sku": "milk", "quantity": 1}])
    assert refused.value.code == "idempotency_key_reused"


def test_another_callers_same_key_is_another_key():
    from chalicelib.domain.identity import Caller

    other = place(caller=Caller(kind="customer", id="cus-bob"))

    assert other.file.order.order_id != place().file.order.order_id


def test_the_last_unit_is_sold_once():
    place(line_items=[{"sku": "last-cake", "quantity": 1}])

    with pytest.raises(Conflict) as refused:
        place(key="key-2", line_items=[{"sku": "last-cake", "quantity": 1}])
    assert refused.value.code == "out_of_stock"
    assert refused.value.facts["items"] == [
        {"sku": "last-cake", "available": 0, "line_id": "line_1"}
    ]
    assert stock_of("last-cake") == (0, 1, 0)


def test_two_lines_of_one_sku_are_reserved_together():
    put_stock(MARKET, "apple", 3)

    with pytest.raises(Conflict) as refused:
        place(line_items=[{"sku": "apple", "quantity": 2}, {"sku": "apple", "quantity": 2}])
    assert refused.value.code == "out_of_stock"
    assert stock_of("apple") == (3, 0, 0)


def test_a_bundle_takes_the_units_of_its_parts():
    place(line_items=[{"sku": "breakfast", "quantity": 2}, {"sku": "milk", "quantity": 1}])

    assert stock_of("bread") == (198, 2, 0)
    assert stock_of("milk") == (197, 3, 0)


def test_the_same_order_again_under_another_key_is_a_possible_duplicate():
    first = place()

    with pytest.raises(Conflict) as refused:
        place(key="key-2")
    assert refused.value.code == "possible_duplicate"
    assert refused.value.facts["order_id"] == first.file.order.order_id
    assert place(key="key-2", allow_duplicate=True).file.order.duplicate_meant


def test_a_changed_price_is_told_and_nothing_is_written():
    with pytest.raises(Conflict) as refused:
        place(expected_total={"amount_minor": 1, "currency": "CNY"})
    assert refused.value.code == "price_changed"
    assert stock_of("apple") == (500, 0, 0)


def test_a_time_that_has_passed_is_refused_and_clocks_may_differ_a_little():
    def at(minutes):
        wanted = (NOW + timedelta(minutes=minutes)).isoformat()
        return {"fulfillment": {"type": "pickup", "requested_at": wanted}}

    with pytest.raises(InvalidInput) as refused:
        place(**at(-6))
    assert [fault.pointer for fault in refused.value.errors] == ["/fulfillment/requested_at"]
    assert place(**at(-4)).file.order.status == "placed"


@pytest.mark.parametrize(
    ("overrides", "pointer"),
    [
        ({"line_items": [{"sku": "ghost", "quantity": 1}]}, "/line_items/0/sku"),
        ({"line_items": [{"sku": "tea", "quantity": 1}]}, "/line_items/0/options"),
        (
            {"line_items": [{"sku": "apple", "quantity": 1, "options": ["large"]}]},
            "/line_items/0/options",
        ),
        ({"fulfillment": {"type": "dine_in", "table": "A1"}}, "/fulfillment/type"),
        ({"fulfillment": {"type": "delivery"}}, "/fulfillment/address"),
        ({"coupon_code": "HALF-PRICE"}, "/coupon_code"),
    ],
)
def test_what_the_store_does_not_offer_is_pointed_at(overrides, pointer):
    with pytest.raises(InvalidInput) as refused:
        place(**overrides)
    assert pointer in [fault.pointer for fault in refused.value.errors]
