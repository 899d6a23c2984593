"""The sweep's findings beyond one order's clock: stock, repeats, edited rules, customers told."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.domain.identity import Caller
from chalicelib.domain.order_requests import OrderRequest
from chalicelib.domain.stock import MovementRequest
from chalicelib.services import (
    cancellations,
    fulfillment,
    inbox,
    notifications,
    orders,
    rules,
    stock,
)
from chalicelib.store import orders as order_table
from chalicelib.store import receipts
from tests.channels.fake import FakeChannel
from tests.factories import CLERK, CUSTOMER, MANAGER, MARKET, NOW, order_body
from tests.reliability.crashes import Calls, watched
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import cases, give_receipts, make_queues, messages, sweep_at

GUEST = Caller(kind="anonymous", id="anonymous")


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def place(key, seconds=0, caller=CUSTOMER, **overrides):
    request = msgspec.convert(order_body(**overrides), OrderRequest)
    now = NOW + timedelta(seconds=seconds)
    order = orders.place(request, caller, key, language="en", now=now).file.order
    give_receipts(order.order_id)
    return order


def move(kind, quantity, sku="apple"):
    request = MovementRequest(
        sku=sku, store_id=MARKET, kind=kind, quantity=quantity, reason="inventory"
    )
    stock.move(request, MANAGER, None, NOW)


def change(rule, seconds=0, **wanted):
    rules.change(rule, wanted, MANAGER, version=None, now=NOW + timedelta(seconds=seconds))


class TestStockShortage:
    def test_selling_the_last_units_opens_a_case_about_the_sku(self):
        place("key-1", line_items=[{"sku": "last-cake", "quantity": 1}])
        sweep_at(1)
        [case] = cases("stock_shortage")
        assert (case.subject.type, case.subject.id) == ("sku", "last-cake")
        assert case.store_id == MARKET
        assert [alert["case_id"] for alert in messages("ops-alerts")] == [case.case_id]

    def test_it_stays_one_case_and_ends_when_stock_comes_in(self):
        place("key-1", line_items=[{"sku": "last-cake", "quantity": 1}])
        sweep_at(1)
        assert sweep_at(301).found == 1
        assert cases("stock_shortage")[0].count == 2
        move("receive", 50, "last-cake")
        assert sweep_at(303).resolved == 1
        assert cases("stock_shortage")[0].status == "resolved"
        assert sweep_at(305).skus == 0

    def test_a_shortage_at_which_nothing_moves_costs_next_to_nothing(self):
        change("stock_shortage", threshold_quantity=600)
        sweep_at(1)
        sweep_at(200)
        shortages = cases("stock_shortage")
        calls = Calls()
        with watched(calls):
            counts = sweep_at(201)
        assert (counts.skus, counts.found) == (len(shortages), 0)
        assert calls.count < 40

    def test_a_count_below_what_is_reserved_opens_it_without_any_order_due(self):
        place("key-1", line_items=[{"sku": "apple", "quantity": 10}])
        sweep_at(1)
        assert cases("stock_shortage") == []
        move("count", 4)
        sweep_at(2)
        assert [case.subject.id for case in cases("stock_shortage")] == ["apple"]

    def test_a_raised_threshold_finds_what_nobody_touched(self):
        change("stock_shortage", threshold_quantity=200)
        sweep_at(1)
        assert {case.subject.id for case in cases("stock_shortage")} == {
            "bread", "milk", "last-cake",
        }  # fmt: skip


class TestDuplicates:
    def test_a_repeat_after_the_guards_window_is_found_and_not_canceled(self):
        first = place("key-1")
        second = place("key-2", 130)
        sweep_at(131)
        [case] = cases("duplicate_order")
        assert case.subject.id == second.order_id
        assert first.number in case.summary["en"]
        assert order_table.load_order(second.order_id).status == "placed"

    def test_guests_are_recognized_by_their_contact(self):
        contact = {"phone": "+8613800138000"}
        place("guest-key-0123456789-a", caller=GUEST, contact=contact)
        second = place("guest-key-0123456789-b", 130, caller=GUEST, contact=contact)
        sweep_at(131)
        assert [case.subject.id for case in cases("duplicate_order")] == [second.order_id]

    def test_a_repeat_that_was_meant_is_no_case(self):
        place("key-1")
        place("key-2", 130, allow_duplicate=True)
        sweep_at(131)
        assert cases("duplicate_order") == []

    def test_canceling_one_of_the_two_ends_the_case(self):
        first = place("key-1")
        second = place("key-2", 130)
        sweep_at(131)
        now = NOW + timedelta(seconds=132)
        cancellations.cancel(first.order_id, "twice", CUSTOMER, now, lambda _: None)
        give_receipts(first.order_id)
        sweep_at(133)
        assert [(c.status, c.subject.id) for c in cases("duplicate_order")] == [
            ("resolved", second.order_id)
        ]


class TestEditedRules:
    def test_a_lowered_threshold_holds_for_orders_that_are_open_already(self):
        _, order = a_confirmed_order(CUSTOMER)
        give_receipts(order.order_id)
        sweep_at(1)
        assert sweep_at(10).due == 0
        change("order_not_returned", 11, threshold_seconds=1)
        sweep_at(12)
        assert [case.subject.id for case in cases("order_not_returned")] == [order.order_id]

    def test_a_raised_threshold_closes_what_it_would_not_have_opened(self):
        _, order = a_confirmed_order(CUSTOMER)
        give_receipts(order.order_id)
        sweep_at(121)
        change("order_not_returned", 122, threshold_seconds=600)
        sweep_at(123)
        assert [case.status for case in cases("order_not_returned")] == ["resolved"]
        sweep_at(601)
        assert [case.status for case in cases("order_not_returned")] == ["open"]
        assert cases("order_not_returned")[0].opening == 2

    def test_a_rule_that_is_switched_off_finds_nothing(self):
        change("order_not_returned", enabled=False)
        a_confirmed_order(CUSTOMER)
        sweep_at(500)
        assert cases("order_not_returned") == []

    def test_the_walk_ends_when_no_memory_can_hold_the_old_rules(self):
        place("key-1")
        change("payment_stale", 1, threshold_seconds=1)
        assert sweep_at(2).walked == 1
        assert sweep_at(50).walked == 1
        assert sweep_at(100).walked == 1
        assert sweep_at(101).walked == 0

    def test_an_order_dated_by_old_rules_after_the_edit_is_found_by_the_walk(self):
        rules.current_thresholds(NOW)
        change("order_not_returned", 1, threshold_seconds=1)
        rules.current_thresholds(NOW + timedelta(seconds=2))
        _, order = a_confirmed_order(CUSTOMER)
        give_receipts(order.order_id)
        order_table.redate(order, NOW + timedelta(seconds=120))
        sweep_at(30)
        assert [case.subject.id for case in cases("order_not_returned")] == [order.order_id]


class TestEscalation:
    def test_staff_are_called_again_until_someone_takes_the_case(self):
        from chalicelib.services import case_actions
        from chalicelib.services.case_actions import Wish

        _, order = a_confirmed_order(CUSTOMER)
        give_receipts(order.order_id)
        sweep_at(121)
        sweep_at(300)
        assert len(messages("ops-alerts")) == 1
        sweep_at(421)
        [second] = messages("ops-alerts")
        assert "call 2" in second["title"]["en"]
        [case] = cases("order_not_returned")
        now = NOW + timedelta(seconds=422)
        case_actions.act(case.case_id, Wish(action="acknowledge"), MANAGER, now)
        sweep_at(2000)
        assert [a for a in messages("ops-alerts") if a["case_id"] == case.case_id] == []

    def test_a_muted_case_calls_nobody_until_then(self):
        from chalicelib.services import case_actions
        from chalicelib.services.case_actions import Wish

        _, order = a_confirmed_order(CUSTOMER)
        give_receipts(order.order_id)
        sweep_at(121)
        messages("ops-alerts")
        [case] = cases("order_not_returned")
        until = NOW + timedelta(seconds=1000)
        wish = Wish(action="mute", until=until)
        case_actions.act(case.case_id, wish, MANAGER, NOW + timedelta(seconds=122))
        sweep_at(999)
        assert [a for a in messages("ops-alerts") if a["case_id"] == case.case_id] == []
        sweep_at(1001)
        assert [a for a in messages("ops-alerts") if a["case_id"] == case.case_id]


def test_the_customer_hears_of_what_concerns_them_in_both_languages():
    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)
    sweep_at(121)
    opened = [e for e in order_table.load_file(order.order_id).events if "opened" in e.type]
    told = {event.data["rule"]: event.data.get("customer_message") for event in opened}
    assert set(told["order_not_returned"]) == {"en", "zh-CN"}


def test_the_news_of_a_case_is_sent_again_while_its_receipt_is_missing():
    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)
    sweep_at(121)
    messages("notifications")
    sweep_at(200)
    assert "exception.opened" in {event["type"] for event in messages("notifications")}
    give_receipts(order.order_id)
    sweep_at(300)
    assert messages("notifications") == []


@pytest.mark.parametrize(("over", "told"), [(False, True), (True, False)])
def test_trouble_that_is_over_before_it_could_be_told_is_not_told(over, told):
    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)
    sweep_at(121)
    events = order_table.load_file(order.order_id).events
    [opened] = [event for event in events if event.type == "exception.opened"]
    now = NOW + timedelta(seconds=122)
    if over:
        fulfillment.perform(order.order_id, "accept", CLERK, now, lambda _: None)

    notifications.deliver(opened, now, FakeChannel)

    types = [entry.type for entry in inbox.list_inbox(CUSTOMER.id, 10)]
    assert ("exception.opened" in types) is told
    receipt = receipts.find_receipt(order.order_id, "customer", opened.version)
    assert receipt.outcome == ("delivered" if told else "superseded")
