"""Stores with unusual hours, customers who fail to pay."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.ids import fresh
from chalicelib.services import case_actions, orders, rules
from chalicelib.services.case_actions import Wish
from chalicelib.store import order_rates, subject_notes
from chalicelib.store.order_rates import Rates
from tests.factories import CUSTOMER, MANAGER, MARKET, NOW, an_order_request
from tests.services.confirmed import a_confirmed_order, a_failed_payment
from tests.services.sweeping import cases, give_receipts, make_queues, sweep_at

AN_HOUR = 3600


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def place(key, seconds=0, caller=CUSTOMER, *, meant=True):
    request = an_order_request(allow_duplicate=meant)
    now = NOW + timedelta(seconds=seconds)
    order = orders.place(request, caller, key, language="en", now=now).file.order
    give_receipts(order.order_id)
    return order


def sweep_twice(seconds):
    """Each of the two stores has its turn."""
    for second in (seconds, seconds + 1):
        sweep_at(second)


class TestOrderRate:
    def remember(self, counts, store_id=MARKET):
        """Orders in the same hour of the days before, the newest first."""
        hour = int(NOW.timestamp()) // AN_HOUR - 1
        known = {hour - 24 * (day + 1): n for day, n in enumerate(counts)}
        order_rates.save_rates(Rates(store_id=store_id, window_seconds=AN_HOUR, counts=known))

    def test_an_hour_without_orders_is_found_where_there_used_to_be_many(self):
        self.remember([40, 44, 39])
        sweep_twice(1)
        [case] = cases("order_rate_anomaly")
        assert (case.subject.type, case.subject.id, case.cause) == ("store", MARKET, "system")
        assert "0 orders" in case.summary["en"]
        assert "41" in case.summary["en"]

    def test_a_rush_is_found(self):
        self.remember([1, 1, 1])
        rules.change("order_rate_anomaly", {"threshold_count": 3}, MANAGER, version=None, now=NOW)
        for number in range(5):
            place(f"key-{number}", seconds=-45 * 60)
        sweep_twice(1)
        [case] = cases("order_rate_anomaly")
        assert case.cause == "outside"

    @pytest.mark.parametrize("before", [[], [40, 44], [0, 0, 0, 0], [15, 15, 15]])
    def test_too_little_to_go_by_or_too_small_a_difference_is_nothing(self, before):
        self.remember(before)
        sweep_twice(1)
        assert cases("order_rate_anomaly") == []

    def test_a_window_is_counted_once_and_a_week_is_kept(self):
        self.remember([1] * 9)
        sweep_twice(1)
        sweep_twice(3)
        kept = order_rates.rates_in(subject_notes.read())[MARKET].counts
        assert len(kept) == 8
        assert kept[int(NOW.timestamp()) // AN_HOUR - 1] == 0


class TestSuspectedFraud:
    def test_failed_payments_over_several_orders_open_one_case_about_the_customer(self):
        for number in range(3):
            order = place(f"key-{number}")
            a_failed_payment(order.order_id)
        sweep_at(1)
        [case] = cases("suspected_fraud")
        assert (case.subject.type, case.subject.id) == ("customer", CUSTOMER.id)
        assert "3 failed payments" in case.summary["en"]

    def test_it_ends_when_the_time_has_passed(self):
        for number in range(3):
            a_failed_payment(place(f"key-{number}").order_id)
        sweep_at(1)
        sweep_at(AN_HOUR + 10)
        assert cases("suspected_fraud")[0].status == "resolved"

    def test_a_payment_that_succeeds_at_last_does_not_end_the_case(self):
        for number in range(3):
            order = place(f"key-{number}")
            a_failed_payment(order.order_id)
        sweep_at(1)
        a_confirmed_order(CUSTOMER, order_id=order.order_id, now=NOW + timedelta(seconds=5))
        give_receipts(order.order_id)
        for seconds in (6, 60):
            sweep_at(seconds)
        [case] = cases("suspected_fraud")
        assert case.status == "open"
        with pytest.raises(Conflict, match="still finds"):
            case_actions.act(case.case_id, Wish(action="resolve"), MANAGER, NOW)

    def test_many_open_cases_end_none_of_them_and_leave_room_for_another(self):
        for number in range(7):
            thief = msgspec.structs.replace(CUSTOMER, id=f"cus-thief-{number}")
            for _ in range(3):
                a_failed_payment(place(fresh("key"), caller=thief).order_id)
        for seconds in (1, 2, 3):
            sweep_at(seconds)
        assert [case.status for case in cases("suspected_fraud")] == ["open"] * 7

    def test_one_failed_payment_is_nobodys_crime(self):
        a_failed_payment(place("key-1").order_id)
        sweep_at(1)
        assert cases("suspected_fraud") == []
        assert [case.status for case in cases("payment_failed")] == ["open"]
