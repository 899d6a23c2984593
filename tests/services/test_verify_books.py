"""The check of the books finds what is wrong, and nothing where all is well."""

from datetime import timedelta

import pytest
from pynamodb.expressions.update import Action

from chalicelib.services import orders
from chalicelib.services.verify_books import check_invariants
from chalicelib.store.orders import stock_key
from chalicelib.store.tables import OrderItem, StockItem
from tests.factories import CUSTOMER, MARKET, NOW, an_order_request

SOON = NOW + timedelta(seconds=5)


@pytest.fixture
def order(shop):
    placed = orders.place(an_order_request(), CUSTOMER, "key", language="en", now=NOW)
    return placed.file.order


def laws(now=SOON, **known):
    return {violation.invariant for violation in check_invariants(now, **known)}


def change(item, *actions: Action):
    item.update(actions=list(actions))


def test_books_of_a_quiet_shop_are_in_order(order):
    assert check_invariants(SOON) == []


def test_a_unit_that_nobody_holds_is_found(order):
    change(StockItem(MARKET, stock_key("apple")), StockItem.reserved.add(1))

    assert laws() == {"stock"}


def test_a_gap_in_the_log_is_found(order):
    OrderItem(order.order_id, "event#000001").delete()

    assert laws() == {"versions", "steps"}


def test_an_event_without_its_receipt_is_found_once_it_is_late(order):
    late = NOW + timedelta(hours=1)

    assert laws(late) == {"receipts"}
    assert laws(late, has_open_case=lambda subject: subject == order.order_id) == set()
