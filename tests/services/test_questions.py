"""Customers are asked about what is missing; what they choose is done once."""

import msgspec
import pytest

from chalicelib.domain.errors import Conflict, InvalidInput, NotFound
from chalicelib.domain.stock import MovementRequest
from chalicelib.services import catalogue, fulfillment, questions, stock
from chalicelib.store import orders as table
from tests.factories import CLERK, CUSTOMER, MANAGER, MARKET, NOW, stock_of
from tests.services.asked import (
    KITCHEN,
    after,
    answer,
    asked,
    set_store,
    short_of_bread,
    unchecked,
)
from tests.services.sweeping import cases, events_of, give_receipts, make_queues, messages, sweep_at


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


class TestSomethingMissing:
    def test_whoever_ordered_it_is_offered_the_nearest_cheaper_product(self):
        order = short_of_bread()

        question = asked(order)

        assert (question.kind, question.line_id) == ("substitute", "line_2")
        assert question.instead.sku == "apple"
        assert question.choices == ("take_substitute", "go_without", "cancel")
        assert question.answer_by == after(1 + 900)
        [case] = [one for one in cases("stock_shortage") if one.subject.type == "sku"]
        [run] = case.repairs
        assert (run.action, run.outcome) == ("ask_about_missing", "done")
        assert order.number in run.detail["en"]

    def test_three_sweeps_ask_once(self):
        order = short_of_bread()
        sweep_at(302)
        sweep_at(603)
        assert events_of(order.order_id).count("question.asked") == 1

    def test_the_products_own_list_of_substitutes_comes_first(self):
        def edit(snapshot):
            shelf = snapshot.products[MARKET]
            listed = msgspec.structs.replace(shelf["bread"], substitutes=("milk",))
            products = {**snapshot.products, MARKET: {**shelf, "bread": listed}}
            return msgspec.structs.replace(snapshot, products=products)

        catalogue.publish(edit)
        instead = asked(short_of_bread()).instead
        assert instead.sku == "milk"
        assert instead.unit_price.amount_minor == 1200  # never dearer than what was bought

    def test_the_substitute_takes_the_lines_place_and_the_difference_goes_back(self):
        order = short_of_bread()

        changed = answer(order, "take_substitute")

        assert [(line.sku, line.quantity) for line in changed.line_items] == [
            ("apple", 2), ("apple", 1),
        ]  # fmt: skip
        assert changed.totals.total.amount_minor == 3 * 350
        assert changed.refund_pending_minor == 1200 - 350
        assert stock_of("apple") == (497, 3, 0)
        sweep_at(400)
        assert stock_of("bread") == (0, 0, 0)
        assert "question.answered" in events_of(order.order_id)

    def test_without_the_item_its_price_goes_back(self):
        changed = answer(short_of_bread(), "go_without")
        assert [line.sku for line in changed.line_items] == ["apple"]
        assert changed.refund_pending_minor == 1200

    def test_the_customer_may_cancel_with_all_money_back(self):
        order = short_of_bread()
        canceled = answer(order, "cancel")
        assert (canceled.status, canceled.cancel_reason) == ("canceled", "out_of_stock")
        assert canceled.refund_pending_minor == order.totals.total.amount_minor

    def test_the_case_about_the_order_waits_for_the_answer_and_ends_with_it(self):
        order = short_of_bread()
        messages("ops-alerts")
        sweep_at(70)
        [case] = [one for one in cases("stock_shortage") if one.subject.id == order.order_id]
        assert case.status == "open"
        assert case.case_id not in {alert["case_id"] for alert in messages("ops-alerts")}
        answer(order, "go_without", 80)
        give_receipts(order.order_id)
        sweep_at(90)
        [case] = [one for one in cases("stock_shortage") if one.subject.id == order.order_id]
        assert case.status == "resolved"

    def test_what_is_gone_as_well_leaves_the_other_choices(self):
        order = short_of_bread()
        request = MovementRequest(
            sku="apple", store_id=MARKET, kind="count", quantity=2, reason="inventory"
        )
        stock.move(request, MANAGER, None, NOW)
        with pytest.raises(Conflict) as refused:
            answer(order, "take_substitute")
        assert refused.value.code == "out_of_stock"
        assert answer(order, "go_without").status == "confirmed"

    def test_an_order_that_is_being_prepared_is_past_the_question(self):
        order = short_of_bread()
        for act in ("accept", "prepare"):
            fulfillment.perform(order.order_id, act, CLERK, after(30), unchecked)
        with pytest.raises(Conflict) as refused:
            answer(order, "go_without")
        assert refused.value.code == "question_closed"


class TestAnswers:
    def test_the_same_answer_again_changes_nothing_and_another_is_refused(self):
        order = short_of_bread()
        first = answer(order, "go_without")
        assert answer(order, "go_without", 70).version == first.version
        with pytest.raises(Conflict) as refused:
            answer(order, "cancel", 71)
        assert refused.value.code == "question_answered"

    def test_a_choice_of_another_question_or_an_unknown_question_is_refused(self):
        order = short_of_bread()
        with pytest.raises(InvalidInput) as refused:
            answer(order, "accept_time")
        assert refused.value.code == "choice_not_offered"
        with pytest.raises(NotFound):
            questions.answer(order.order_id, "qst_none", "cancel", CUSTOMER, after(1))

    def test_an_answer_after_the_time_is_refused(self):
        order = short_of_bread()
        with pytest.raises(Conflict) as refused:
            answer(order, "go_without", 901)
        assert refused.value.code == "question_expired"

    def test_without_an_answer_a_person_is_called(self):
        order = short_of_bread()
        give_receipts(order.order_id)
        sweep_at(100)
        messages("ops-alerts")
        sweep_at(902)
        [case] = [one for one in cases("stock_shortage") if one.subject.id == order.order_id]
        told = {one for alert in messages("ops-alerts") for one in alert["case_ids"]}
        assert case.case_id in told
        assert asked(order).status == "expired"
        assert table.load_order(order.order_id).line_items == order.line_items

    def test_without_an_answer_the_stores_default_is_done(self):
        set_store(unanswered={"substitute": "take_substitute"}, answer_seconds=120)
        order = short_of_bread()
        give_receipts(order.order_id)
        sweep_at(122)
        changed = table.load_order(order.order_id)
        assert [line.sku for line in changed.line_items] == ["apple", "apple"]
        assert asked(order).choice == "take_substitute"
        changes = [e for e in table.load_file(order.order_id).events if e.type == "order.changed"]
        assert [event.actor.id for event in changes] == ["system:stock_shortage"]

    def test_a_default_that_cannot_be_done_calls_a_person(self):
        set_store(unanswered={"substitute": "take_substitute"}, answer_seconds=120)
        order = short_of_bread()
        request = MovementRequest(
            sku="apple", store_id=MARKET, kind="count", quantity=2, reason="inventory"
        )
        stock.move(request, MANAGER, None, NOW)
        sweep_at(122)
        assert (asked(order).status, asked(order).choice) == ("expired", None)

    def test_staff_of_the_store_may_answer_for_the_customer_but_not_the_kitchen(self):
        order = short_of_bread()
        assert answer(order, "go_without", caller=CLERK).line_items[0].sku == "apple"
        with pytest.raises(Exception, match="role"):
            answer(order, "go_without", caller=KITCHEN)
