"""What a rule would have found in the last days, and whom its guard and its quiet hours spare."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.domain.exception_cases import alert_due
from chalicelib.domain.payments import Refund
from chalicelib.domain.quiet_hours import QuietHours
from chalicelib.domain.thresholds import DEFAULT_THRESHOLDS, DEFAULTS, Guard
from chalicelib.rules import outbox_stuck, refund_stuck
from chalicelib.services import evidence, fulfillment, hindsight, rules
from tests.factories import CLERK, CUSTOMER, MANAGER, MARKET, NOODLES, NOW
from tests.services.confirmed import a_confirmed_order, a_failed_payment
from tests.services.sweeping import cases, give_receipts, make_queues, messages, sweep_at
from tests.services.test_subject_rules import place

LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def settings(rule, **changes):
    return msgspec.structs.replace(DEFAULTS[rule], **changes)


def accepted_after(seconds, key):
    order = place(key)
    a_confirmed_order(CUSTOMER, order_id=order.order_id)
    at = NOW + timedelta(seconds=seconds)
    fulfillment.perform(order.order_id, "accept", CLERK, at, lambda _: None)
    return order


class TestHindsight:
    def test_it_counts_what_each_threshold_would_have_found(self):
        slow = accepted_after(200, "key-1")
        accepted_after(50, "key-2")
        told = {
            seconds: hindsight.look_back(
                settings("order_not_returned", threshold_seconds=seconds), MANAGER, LATER
            )
            for seconds in (10, 120, 300)
        }
        assert [told[seconds].would_have_fired for seconds in (10, 120, 300)] == [2, 1, 0]
        assert told[120].subjects == (slow.order_id,)
        assert told[120].examined == 2

    def test_trouble_that_is_long_over_counts_too(self):
        order = place("key-1")
        a_failed_payment(order.order_id)
        a_confirmed_order(CUSTOMER, order_id=order.order_id, now=NOW + timedelta(seconds=5))
        told = hindsight.look_back(settings("payment_failed"), MANAGER, LATER)
        assert (told.would_have_fired, told.fired) == (1, 0)

    def test_the_cases_there_were_stand_beside_it(self):
        _, order = a_confirmed_order(CUSTOMER)
        give_receipts(order.order_id)
        sweep_at(121)
        assert hindsight.look_back(settings("order_not_returned"), MANAGER, LATER).fired == 1

    def test_what_is_switched_off_or_older_than_a_week_is_not_counted(self):
        accepted_after(200, "key-1")
        off = hindsight.look_back(settings("order_not_returned", enabled=False), MANAGER, LATER)
        old = hindsight.look_back(
            settings("order_not_returned"), MANAGER, NOW + timedelta(days=7, hours=1)
        )
        assert (off.would_have_fired, old.examined) == (0, 0)

    def test_receipts_that_came_in_time_leave_nothing_stuck(self):
        order = place("key-1")
        whole = evidence.load(order.order_id, DEFAULT_THRESHOLDS)
        found = {}
        for late in (2, 200):
            then = msgspec.structs.replace(
                whole,
                receipts=tuple(
                    msgspec.structs.replace(receipt, at=receipt.at + timedelta(seconds=late))
                    for receipt in whole.receipts
                ),
            )
            found[late] = [
                finding.rule
                for seen, until in hindsight.moments_of(then, LATER)
                if (finding := outbox_stuck.foresee(seen, settings("outbox_stuck")))
                and finding.since < until
            ]
        assert found == {2: [], 200: ["outbox_stuck"]}

    def test_an_order_repeated_then_is_counted_though_both_are_under_way_now(self):
        for number, seconds in enumerate((0, 200)):
            order = place(f"key-{number}", seconds, meant=False)
        now = NOW + timedelta(seconds=300)
        a_confirmed_order(CUSTOMER, order_id=order.order_id, now=now)
        for step in ("accept", "prepare"):
            fulfillment.perform(order.order_id, step, CLERK, now, lambda _: None)
        told = hindsight.look_back(settings("duplicate_order"), MANAGER, LATER)
        assert told.subjects == (order.order_id,)

    def test_a_refund_that_took_long_counts_though_it_is_done(self):
        _, order = a_confirmed_order(CUSTOMER)
        whole = evidence.load(order.order_id, DEFAULT_THRESHOLDS)
        promised = Refund(
            refund_id="ref_1", order_id=order.order_id, payment_id="pay_1", status="succeeded",
            amount=order.totals.total, reason="", created_at=NOW, fingerprint="",
            updated_at=NOW + timedelta(seconds=600),
        )  # fmt: skip
        done = msgspec.structs.replace(
            whole.events[-1],
            event_id="evt_done",
            version=whole.events[-1].version + 1,
            type="refund.succeeded",
            at=NOW + timedelta(seconds=600),
            data={"refund_id": "ref_1"},
        )
        whole = msgspec.structs.replace(whole, events=(*whole.events, done), refunds=(promised,))
        found = {
            seconds: [
                until
                for seen, until in hindsight.moments_of(whole, LATER)
                if (finding := refund_stuck.foresee(seen, settings("refund_stuck")))
                and finding.since + timedelta(seconds=seconds) < until
            ]
            for seconds in (0, 400)
        }
        assert found == {0: [done.at], 400: []}

    def test_a_rule_that_keeps_no_log_says_so(self):
        told = hindsight.look_back(settings("dead_letters"), MANAGER, LATER)
        assert told.would_have_fired is None


class TestGuard:
    @pytest.mark.parametrize(
        ("guard", "found"),
        [
            (Guard(store_ids=(MARKET,)), 1),
            (Guard(store_ids=(NOODLES,)), 0),
            (Guard(channels=("kiosk", "pos")), 0),
            (Guard(channels=("web",), customers="registered"), 1),
            (Guard(customers="guests"), 0),
            (Guard(amount_minor_min=10**9), 0),
        ],
    )
    def test_a_rule_looks_only_at_what_its_guard_names(self, guard, found):
        rules.change("order_not_returned", {"only": guard}, MANAGER, version=None, now=NOW)
        _, order = a_confirmed_order(CUSTOMER)
        give_receipts(order.order_id)
        sweep_at(121)
        assert len(cases("order_not_returned")) == found

    def test_a_case_ends_when_a_new_guard_leaves_it_out(self):
        _, order = a_confirmed_order(CUSTOMER)
        give_receipts(order.order_id)
        sweep_at(121)
        elsewhere = Guard(store_ids=(NOODLES,))
        rules.change("order_not_returned", {"only": elsewhere}, MANAGER, version=None, now=NOW)
        sweep_at(180)
        assert cases("order_not_returned")[0].status == "resolved"


class TestCalls:
    NIGHT = QuietHours(start="22:00", end="07:00", time_zone="Asia/Shanghai")

    def a_case(self):
        _, order = a_confirmed_order(CUSTOMER)
        give_receipts(order.order_id)
        sweep_at(121)
        messages("ops-alerts")
        return cases("order_not_returned")[0]

    @pytest.mark.parametrize(
        ("severity", "hour_utc", "calls"),
        [("warning", 15, False), ("critical", 15, True), ("warning", 23, True)],
    )
    def test_in_quiet_hours_only_critical_cases_call(self, severity, hour_utc, calls):
        """15:00 UTC is 23:00 in Shanghai, and 23:00 UTC is 7:00."""
        case = msgspec.structs.replace(self.a_case(), alerted_at=None)
        how = settings("order_not_returned", severity=severity, quiet_hours=self.NIGHT)
        assert alert_due(case, how, datetime(2026, 11, 22, hour_utc, tzinfo=UTC)) is calls

    def test_a_muted_rule_opens_cases_and_calls_nobody_until_then(self):
        until = NOW + timedelta(seconds=500)
        rules.change("order_not_returned", {"muted_until": until}, MANAGER, version=None, now=NOW)
        case = self.a_case()
        assert (case.status, case.alert_level) == ("open", 0)
        sweep_at(501)
        assert [one["case_id"] for one in messages("ops-alerts")] == [case.case_id]
