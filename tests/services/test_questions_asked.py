"""Customers are asked about what is late or ordered twice, and by staff about anything."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.domain.errors import Conflict, InvalidInput
from chalicelib.services import asking, fulfillment, orders
from chalicelib.services.asking import AskRequest
from chalicelib.store import orders as table
from tests.factories import CLERK, CUSTOMER, NOW, an_order_request
from tests.services.asked import (
    KITCHEN,
    after,
    answer,
    asked,
    confirmed,
    set_store,
    unchecked,
)
from tests.services.confirmed import CONTACT, a_confirmed_order
from tests.services.sweeping import cases, events_of, give_receipts, make_queues, messages, sweep_at


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


class TestLate:
    def late(self, **overrides):
        order = confirmed(**overrides)
        fulfillment.perform(order.order_id, "accept", CLERK, after(5), unchecked)
        give_receipts(order.order_id)
        return order, int((order.promised_at - NOW).total_seconds())

    def delivered(self):
        address = {"line1": "1 Nanjing Rd"}
        return self.late(fulfillment={"type": "delivery", "address": address})

    def test_a_new_time_is_proposed_and_accepted(self):
        order, promised = self.late()
        sweep_at(promised + 301)
        question = asked(order)
        assert question.kind == "new_time"
        assert question.choices == ("accept_time", "pick_up", "cancel")
        assert question.promised_at > after(promised + 301)

        kept = answer(order, "accept_time", promised + 310)

        assert kept.promised_at == question.promised_at
        give_receipts(order.order_id)
        sweep_at(promised + 320)
        [case] = cases("delivery_late")
        assert case.status == "resolved"
        assert [(run.action, run.outcome) for run in case.repairs] == [("propose_time", "done")]

    def test_a_delivery_can_be_picked_up_instead_for_the_fee_back(self):
        order, promised = self.delivered()
        sweep_at(promised + 301)

        changed = answer(order, "pick_up", promised + 310)

        assert changed.fulfillment.type == "pickup"
        assert changed.refund_pending_minor == 500
        assert changed.promised_at <= asked(order).promised_at

    def test_a_late_order_can_be_canceled_though_it_is_being_prepared(self):
        order, promised = self.late()
        fulfillment.perform(order.order_id, "prepare", CLERK, after(20), unchecked)
        give_receipts(order.order_id)
        sweep_at(promised + 301)
        canceled = answer(order, "cancel", promised + 310)
        assert (canceled.status, canceled.cancel_reason) == ("canceled", "delivery_late")
        assert canceled.refund_pending_minor == order.totals.total.amount_minor

    def test_staff_are_called_at_once_and_the_customer_is_asked_twice_at_most(self):
        order, promised = self.late()
        moment = promised + 301
        sweep_at(moment)
        [case] = cases("delivery_late")
        assert case.case_id in {alert["case_id"] for alert in messages("ops-alerts")}
        for _ in range(4):
            moment += 1200
            give_receipts(order.order_id)
            sweep_at(moment)
        assert events_of(order.order_id).count("question.asked") == 2

    def test_what_is_on_its_way_has_nothing_to_choose(self):
        order, promised = self.delivered()
        for act in ("prepare", "ready", "ship"):
            fulfillment.perform(order.order_id, act, CLERK, after(20), unchecked)
        give_receipts(order.order_id)
        sweep_at(promised + 301)
        assert table.load_file(order.order_id).questions == ()


class TestOrderedTwice:
    def twice(self):
        first = confirmed()
        second = orders.place(
            an_order_request(contact=CONTACT), CUSTOMER, "key-2", language="en", now=after(130)
        ).file.order
        give_receipts(second.order_id)
        sweep_at(131)
        return first, second

    def test_the_later_one_is_asked_about_and_kept_if_it_was_meant(self):
        first, second = self.twice()
        question = asked(second)
        assert first.number in question.text["en"]

        answer(second, "keep", 140)

        give_receipts(second.order_id)
        sweep_at(141)
        sweep_at(300)
        [case] = cases("duplicate_order")
        assert case.status == "resolved"
        assert events_of(second.order_id).count("question.asked") == 1
        assert table.load_order(second.order_id).status == "placed"

    def test_no_cancels_the_later_one_in_the_customers_name(self):
        first, second = self.twice()
        answer(second, "cancel", 140)
        events = table.load_file(second.order_id).events
        [canceled] = [event for event in events if event.type == "order.canceled"]
        assert (canceled.actor.type, canceled.data["reason"]) == ("customer", "duplicate")
        assert table.load_order(first.order_id).status == "confirmed"

    def test_silence_cancels_nothing_and_calls_a_person(self):
        _, second = self.twice()
        [case] = cases("duplicate_order")
        assert case.case_id not in {alert["case_id"] for alert in messages("ops-alerts")}
        set_store(order_expires_seconds=86_400)
        give_receipts(second.order_id)
        a_confirmed_order(CUSTOMER, order_id=second.order_id, now=after(200))
        give_receipts(second.order_id)
        sweep_at(131 + 901)
        [case] = cases("duplicate_order")
        assert case.case_id in {alert["case_id"] for alert in messages("ops-alerts")}
        assert table.load_order(second.order_id).status == "confirmed"


class TestStaffAsk:
    def ask(self, order, **wish):
        request = msgspec.convert(wish, AskRequest)
        asking.by_staff(order.order_id, request, KITCHEN, after(5), unchecked)
        return asked(order)

    def test_about_a_line_with_a_product_of_their_choice(self):
        order = confirmed()
        question = self.ask(order, kind="substitute", line_id="line_2", substitute_sku="milk")
        assert question.instead.sku == "milk"
        with pytest.raises(Conflict) as refused:
            self.ask(order, kind="substitute", line_id="line_2")
        assert refused.value.code == "question_open"

    def test_about_a_time_of_their_choice(self):
        at = (NOW + timedelta(hours=3)).isoformat()
        assert self.ask(confirmed(), kind="new_time", promised_at=at).promised_at == after(10_800)

    @pytest.mark.parametrize(
        "wish",
        [
            {"kind": "substitute"},
            {"kind": "substitute", "line_id": "line_9"},
            {"kind": "substitute", "line_id": "line_1", "substitute_sku": "tea"},
            {"kind": "new_time", "promised_at": "2020-01-01T00:00:00Z"},
            {"kind": "meant_twice"},
        ],
    )
    def test_what_makes_no_sense_is_refused(self, wish):
        with pytest.raises(InvalidInput):
            self.ask(confirmed(), **wish)
