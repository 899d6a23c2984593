"""What each rule finds in an order's life, from when, and when it finds nothing any more."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib import plugins
from chalicelib.domain.exception_cases import Remedy
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Fulfillment
from chalicelib.domain.thresholds import DEFAULTS
from tests.rules.stories import NOON, Story, a_line, a_placed_order


def foresee(rule, story_or_evidence, **settings):
    evidence = getattr(story_or_evidence, "evidence", story_or_evidence)
    changed = msgspec.structs.replace(DEFAULTS[rule], **settings)
    return plugins.load("rules", rule).RULE.foresee(evidence, changed)


def after(seconds):
    return NOON + timedelta(seconds=seconds)


class TestOrderNotReturned:
    def test_a_confirmed_order_is_found_from_the_threshold_on(self):
        found = foresee("order_not_returned", Story().wait(10).pay(), threshold_seconds=30)
        assert found.since == after(40)
        assert not found.holds(after(39))
        assert found.holds(after(40))

    def test_an_accepted_rejected_or_canceled_order_is_not(self):
        assert foresee("order_not_returned", Story().pay().act("accept")) is None
        assert foresee("order_not_returned", Story().pay().act("reject")) is None
        assert foresee("order_not_returned", Story().pay().end()) is None
        assert foresee("order_not_returned", Story().begin()) is None

    @pytest.mark.parametrize(
        ("outcome", "cause"),
        [
            (None, "system"),
            ("pending", "communication"),
            ("delivered", "operation"),
            ("not_applicable", "operation"),
            ("given_up", "outside"),
            ("bounced", "communication"),
        ],
    )
    def test_the_cause_is_read_from_the_merchants_receipt(self, outcome, cause):
        story = Story().pay()
        if outcome:
            story.merchant_receipt(outcome)
        assert foresee("order_not_returned", story).cause == cause

    def test_a_store_whose_mail_comes_back_is_not_said_to_have_the_order(self):
        found = foresee("order_not_returned", Story().pay().merchant_receipt("bounced"))
        assert "comes back" in found.summary["en"]

    def test_without_an_endpoint_only_the_second_channel_is_tried(self):
        found = foresee("order_not_returned", Story().pay().merchant_receipt("not_applicable"))
        assert [remedy.action for remedy in found.remedies] == ["mail_merchant"]

    def test_else_it_is_delivered_again_and_mailed(self):
        found = foresee("order_not_returned", Story().pay().merchant_receipt("delivered"))
        assert [remedy.action for remedy in found.remedies] == ["deliver_again", "mail_merchant"]


class TestPaymentStale:
    def test_a_payment_without_a_word_is_asked_about_from_the_threshold_on(self):
        found = foresee("payment_stale", Story().wait(5).begin(), threshold_seconds=1)
        assert found.since == after(6)
        assert [(r.action, r.target) for r in found.remedies] == [("ask_provider", "pay_1")]

    @pytest.mark.parametrize("word", ["captured", "failed", "expired", "canceled"])
    def test_a_word_from_the_provider_ends_it(self, word):
        assert foresee("payment_stale", Story().begin().provider_says(word)) is None

    def test_paying_on_site_is_nothing_to_ask_about(self):
        story = Story().begin()
        (key, payment), *_ = story.payments.items()
        story.payments[key] = msgspec.structs.replace(payment, provider="on_site")
        assert foresee("payment_stale", story) is None


class TestPaymentFailed:
    def test_a_declined_payment_is_found_at_once_until_another_is_tried(self):
        story = Story().begin().wait(7).provider_says("failed")
        assert foresee("payment_failed", story).since == after(7)
        assert foresee("payment_failed", story.begin()) is None

    def test_the_threshold_counts_the_declines(self):
        story = Story().begin().provider_says("failed")
        assert foresee("payment_failed", story, threshold_count=2) is None
        story.wait(9).begin().provider_says("failed")
        assert foresee("payment_failed", story, threshold_count=2).since == after(9)

    def test_an_order_that_ended_needs_no_payment(self):
        assert foresee("payment_failed", Story().begin().provider_says("failed").end()) is None


class TestPaymentMismatch:
    @pytest.mark.parametrize(("short_by", "word"), [(1, "0.01 too little"), (-50, "0.50 too much")])
    def test_a_wrong_amount_is_found_at_once_and_said_in_money(self, short_by, word):
        story = Story().begin().wait(3).provider_says("captured", short_by=short_by)
        found = foresee("payment_mismatch", story)
        assert found.since == after(3)
        assert word in found.summary["en"]

    def test_the_right_amount_is_no_mismatch(self):
        assert foresee("payment_mismatch", Story().pay()) is None

    def test_money_given_back_on_purpose_is_no_mismatch(self):
        story = Story().pay().ask_refund(200)
        assert foresee("payment_mismatch", story) is None
        assert foresee("payment_mismatch", story.settle_refund()) is None

    def test_a_surplus_that_was_given_back_is_settled(self):
        story = Story().pay(short_by=-50).ask_refund(50)
        assert foresee("payment_mismatch", story) is None

    def test_small_differences_are_left_alone_below_the_threshold(self):
        story = Story().pay(short_by=1)
        assert foresee("payment_mismatch", story, threshold_amount_minor=2) is None


class TestDuplicateOrder:
    def twin(self, seconds=30, **changes):
        later = after(seconds)
        fields = {"order_id": "ord_2", "number": "22-BBBBB", "placed_at": later, **changes}
        evidence = Story(**fields).evidence
        return msgspec.structs.replace(evidence, others=(Story().order,))

    def test_the_later_of_two_equal_orders_is_found(self):
        found = foresee("duplicate_order", self.twin(), threshold_seconds=60)
        assert found.subject.id == "ord_2"
        assert "22-AAAAA" in found.summary["en"]
        assert found.remedies == (Remedy("ask_if_meant", "ord_1"),)
        assert "22-AAAAA" in found.customer_message["en"]
        assert found.is_asked  # so the question says it, and the customer hears it once

    def test_the_earlier_one_is_not(self):
        evidence = msgspec.structs.replace(Story().evidence, others=(self.twin().order,))
        assert foresee("duplicate_order", evidence) is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"duplicate_meant": True},
            {"line_items": (a_line(quantity=3),)},
            {"store_id": "sto_noodles"},
            {"channel": "kiosk"},
        ],
    )
    def test_what_is_meant_or_different_or_at_a_counter_is_no_duplicate(self, changes):
        assert foresee("duplicate_order", self.twin(**changes)) is None

    def test_orders_further_apart_than_the_threshold_are_no_duplicates(self):
        assert foresee("duplicate_order", self.twin(61), threshold_seconds=60) is None

    def test_it_ends_when_one_of_the_two_is_canceled(self):
        canceled = Story().end().order
        evidence = msgspec.structs.replace(self.twin(), others=(canceled,))
        assert foresee("duplicate_order", evidence) is None


class TestDeliveryLate:
    def test_an_order_is_late_after_its_promise_and_the_threshold(self):
        found = foresee("delivery_late", Story().pay(), threshold_seconds=60)
        assert found.since == after(3660)

    def test_moving_the_promise_moves_it(self):
        story = Story(promised_at=after(7200)).pay()
        assert foresee("delivery_late", story, threshold_seconds=1).since == after(7201)

    def test_what_waits_at_the_counter_or_was_handed_over_is_not_late(self):
        story = Story().pay().act("accept").act("prepare").act("ready")
        assert foresee("delivery_late", story) is None
        assert foresee("delivery_late", story.act("complete")) is None

    def test_an_unpaid_order_is_promised_nothing(self):
        assert foresee("delivery_late", Story()) is None


class TestMoneyAfterTheEnd:
    def test_money_of_a_canceled_order_is_found_and_given_back(self):
        story = Story().begin().end().wait(50).provider_says("captured")
        found = foresee("late_capture", story, threshold_seconds=1)
        assert found.since == after(51)
        assert [remedy.action for remedy in found.remedies] == ["refund_surplus"]

    def test_money_promised_back_is_the_refunds_business(self):
        story = Story().begin().end().provider_says("captured").ask_refund(500)
        assert foresee("late_capture", story) is None
        found = foresee("refund_stuck", story, threshold_seconds=5)
        assert found.since == after(5)
        assert foresee("refund_stuck", story.settle_refund()) is None

    def test_a_refund_that_waits_for_a_person_at_the_provider_says_so_once_and_may_still_end(self):
        story = Story().pay().ask_refund(100)
        for _ in range(3):
            story.settle_refund("pending", reason="ABNORMAL")
        found = foresee("refund_stuck", story, threshold_seconds=5)
        assert (found.since, found.cause) == (after(5), "outside")
        assert "ABNORMAL" in found.summary["en"]
        assert "ABNORMAL" in found.summary["zh-CN"]
        assert [e.type for e in story.events].count("refund.hindered") == 1
        assert story.order.refund_pending_minor == 100
        assert foresee("refund_stuck", story.settle_refund()) is None
        assert story.order.payment_status == "partially_refunded"

    def test_a_refund_that_failed_leaves_the_money_to_be_found(self):
        story = Story().begin().end().provider_says("captured").ask_refund(500)
        assert foresee("late_capture", story.settle_refund("failed")) is not None


class TestOutboxStuck:
    def test_an_event_without_its_receipts_is_found_and_sent_again(self):
        found = foresee("outbox_stuck", Story(), threshold_seconds=60)
        assert found.since == after(60)
        assert {r.target for r in found.remedies} == {"customer/1", "merchant/1"}

    def test_the_news_of_a_case_is_no_case(self):
        story = Story()
        opened = msgspec.structs.replace(
            story.events[0], type="exception.opened", data={"customer_message": {"en": "x"}}
        )
        evidence = msgspec.structs.replace(story.evidence, events=(opened,))
        assert foresee("outbox_stuck", evidence) is None


class TestWhatStandsStill:
    def test_an_accepted_order_that_does_not_move_is_found(self):
        story = Story().pay().wait(10).act("accept")
        assert foresee("state_stalled", story, threshold_seconds=100).since == after(110)
        assert foresee("state_stalled", Story().pay()) is None

    def test_one_that_was_ordered_for_later_stands_still_by_right_until_then(self):
        later = Fulfillment(type="pickup", requested_at=after(9000))
        story = Story(fulfillment=later).pay().act("accept")
        assert foresee("state_stalled", story, threshold_seconds=100).since == after(9000)

    def test_whose_turn_it_is_tells_the_cause_and_the_customer(self):
        story = Story().pay().act("accept")
        at_store = foresee("state_stalled", story)
        ready = foresee("state_stalled", story.act("prepare").act("ready"))
        assert (at_store.cause, ready.cause) == ("operation", "outside")
        assert "waits for you" in ready.customer_message["en"]
        assert [remedy.action for remedy in ready.remedies] == ["remind_merchant"]

    def test_stock_held_long_after_an_order_expired_is_found(self):
        assert foresee("reservation_leaked", Story(), threshold_seconds=1).since == after(901)
        assert foresee("reservation_leaked", Story().pay()) is None
        assert foresee("reservation_leaked", Story().pay(short_by=1)) is None
        assert foresee("reservation_leaked", Story().end()) is None


def test_amounts_are_written_in_the_orders_currency():
    story = Story().begin(Money(500, "CNY")).end().provider_says("captured")
    assert "5.00 CNY" in foresee("late_capture", story).summary["en"]
    assert a_placed_order().currency == "CNY"
