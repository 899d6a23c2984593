"""Sweeps as such: two at once, out of time, killed, and what they cost."""

from contextlib import suppress
from datetime import timedelta
from threading import Thread

import pytest

from chalicelib.domain.cancellations import close
from chalicelib.domain.errors import Stale
from chalicelib.domain.ids import fresh
from chalicelib.domain.orders import Actor
from chalicelib.services import case_work, exception_cases, fulfillment, orders, rules, sweep
from chalicelib.services.exception_cases import CaseFilter
from chalicelib.store import orders as order_table
from chalicelib.store import sweep as table
from tests.factories import CLERK, CUSTOMER, MANAGER, NOW, an_order_request
from tests.reliability.crashes import Calls, Killed, watched
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import (
    cases,
    events_of,
    give_receipts,
    make_queues,
    messages,
    sweep_at,
)

ENDING = Actor("system", "test")


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def placed(seconds=0):
    """An order that is due a minute later."""
    request = an_order_request(allow_duplicate=True)
    now = NOW + timedelta(seconds=seconds)
    order = orders.place(request, CUSTOMER, fresh("key"), language="en", now=now).file.order
    give_receipts(order.order_id)
    return order


def test_two_sweeps_at_once_open_one_case_and_call_once():
    last_one = [{"sku": "last-cake", "quantity": 1}]
    _, order = a_confirmed_order(CUSTOMER, line_items=last_one)
    give_receipts(order.order_id)
    counts = []

    def run():
        counts.append(sweep_at(121))

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(each.opened for each in counts) == 2
    assert sum(each.failed for each in counts) == 0
    assert [case.opening for case in cases()] == [1, 1]
    assert events_of(order.order_id).count("exception.opened") == 1
    assert {alert["case_id"] for alert in messages("ops-alerts")} == {c.case_id for c in cases()}


def test_a_shard_that_another_sweep_holds_is_waited_for():
    order = placed()
    shard = order_table.due_shard(order.order_id)
    [lease] = table.take_leases([shard], NOW, timedelta(seconds=90))
    waits = []

    def other_finishes(seconds):
        waits.append(seconds)
        table.give_back([lease])

    moment = NOW + timedelta(seconds=61)
    counts = sweep.sweep("test", lambda: moment, timedelta(seconds=9), wait=other_finishes)

    assert len(waits) == 1
    assert (counts.checked, counts.busy_shards) == (1, 0)


def test_a_dead_sweeps_leases_end_by_themselves_and_its_fence_is_outdated():
    order = placed()
    shard = order_table.due_shard(order.order_id)
    [dead] = table.take_leases([shard], NOW, timedelta(seconds=30))
    assert table.take_leases([shard], NOW + timedelta(seconds=29), timedelta(seconds=30)) == []
    [next_one] = table.take_leases([shard], NOW + timedelta(seconds=31), timedelta(seconds=30))
    assert next_one.fence == dead.fence + 1

    table.give_back([dead])

    assert table.take_leases([shard], NOW + timedelta(seconds=32), timedelta(seconds=30)) == []


def test_a_sweep_out_of_time_leaves_the_rest_to_the_next():
    for _ in range(3):
        placed()
    ticks = iter(range(1000))

    def clock():
        return NOW + timedelta(seconds=61 + next(ticks))

    first = sweep.sweep("test", clock, timedelta(seconds=6), wait=lambda _: None)
    assert first.left > 0
    second = sweep_at(2000)
    assert first.checked + second.checked >= 3
    assert second.left == 0


def test_an_order_that_cannot_be_read_keeps_no_other_from_its_turn():
    from chalicelib.store.tables import OrderItem

    broken, healthy = placed(), placed()
    OrderItem(broken.order_id, "event#000009", data="{nonsense").save()

    counts = sweep_at(61)

    assert (counts.failed, counts.checked) == (1, 1)
    assert order_table.load_order(healthy.order_id).next_check_ms > (NOW.timestamp() + 61) * 1000
    assert sweep_at(62).due == 0
    assert sweep_at(400).failed == 1


@pytest.mark.parametrize("due", [0, 1, 20])
def test_a_sweep_costs_by_the_orders_that_are_due(due):
    for _ in range(30):
        placed()
    sweep_at(61)
    for _ in range(due):
        placed(70)
    calls = Calls()

    with watched(calls):
        counts = sweep_at(131)

    assert counts.checked == due
    assert calls.count <= 40 + 3 * due
    assert "Scan" not in calls.names


def test_rare_cases_are_found_behind_many_others():
    for number in range(4):
        _, order = a_confirmed_order(CUSTOMER, key=f"a-key-{number}-x", allow_duplicate=True)
        give_receipts(order.order_id)
    _, last = a_confirmed_order(
        CUSTOMER, key="a-key-5-x", line_items=[{"sku": "last-cake", "quantity": 1}]
    )
    give_receipts(last.order_id)
    sweep_at(121)
    wanted, found, start = CaseFilter(rule="stock_shortage"), [], None
    for _ in range(9):
        page = exception_cases.list_cases(MANAGER, wanted, 1, start, read_max=2)
        found += [case.subject.id for case in page.cases]
        start = page.position
        if start is None:
            break
    assert found == ["last-cake"]
    assert exception_cases.count_opened("order_not_returned", MANAGER, NOW) == 5
    assert exception_cases.count_opened("order_not_returned", MANAGER, NOW + timedelta(1)) == 0


class DyingAtMail:
    """The function is killed at each mail to a merchant that it sends."""

    def __init__(self):
        self.mails = 0

    def around(self, name, call):
        answer = call()
        if name == "SendEmail":
            self.mails += 1
            raise Killed(name)
        return answer


def an_order_that_stands_still():
    _, order = a_confirmed_order(CUSTOMER)
    fulfillment.perform(order.order_id, "accept", CLERK, NOW, lambda _: None)
    give_receipts(order.order_id)
    return order


def test_a_repair_that_kills_its_sweep_is_tried_no_oftener_than_others():
    an_order_that_stands_still()
    dying = DyingAtMail()
    for hour in range(4, 60):
        with suppress(Killed), watched(dying):
            sweep_at(hour * 3600 + 60)
    [case] = cases("state_stalled")
    assert (dying.mails, case.tries) == (3, 3)


def test_repairs_that_do_not_help_stop_and_staff_are_called_though_the_rule_calls_nobody():
    rules.change("state_stalled", {"channels": ()}, MANAGER, version=None, now=NOW)
    rules.change("delivery_late", {"enabled": False}, MANAGER, version=None, now=NOW)
    order = an_order_that_stands_still()
    alerts = {}
    for hour in (5, 7, 9, 11, 20):
        sweep_at(hour * 3600)
        [case] = cases("state_stalled")
        alerts[hour] = [alert.channel for alert in case.alerts]
    assert order_table.load_order(order.order_id).status == "accepted"
    assert alerts == {5: [], 7: [], 9: ["email"], 11: ["email"] * 2, 20: ["email"] * 3}
    assert [act.act for act in case.log] == ["opened", "stopped"]
    assert len(case.repairs) == 3


def test_of_two_sweeps_with_the_same_case_in_hand_one_repairs():
    an_order_that_stands_still()
    rules.change("state_stalled", {"repair": False}, MANAGER, version=None, now=NOW)
    sweep_at(5 * 3600)
    [case] = cases("state_stalled")
    at = NOW + timedelta(hours=6)
    mended, _ = case_work.repair(case, at)
    with pytest.raises(Stale):
        case_work.repair(case, at)
    assert len(mended.repairs) == 1


def test_a_rule_switched_on_again_finds_what_ended_while_it_was_off():
    def switch(after, **changes):
        now = NOW + timedelta(seconds=after)
        rules.change("late_capture", changes, MANAGER, version=None, now=now)

    switch(0, enabled=False)
    _, order = a_confirmed_order(CUSTOMER)
    kept = close(order_table.load_order(order.order_id), "canceled", "test", ENDING, NOW)
    orders.save(kept, NOW)
    give_receipts(order.order_id)
    for seconds in (60, 700):
        sweep_at(seconds)
    assert cases("late_capture") == []
    switch(701, enabled=True, repair=False)
    sweep_at(702)
    assert [case.subject.id for case in cases("late_capture")] == [order.order_id]


def test_a_sweep_whose_time_is_up_still_holds_what_it_looks_at():
    moment, seen = NOW + timedelta(seconds=60), []

    class Another:
        """Another sweep that comes while this one looks at its subjects."""

        def around(self, name, call):
            if name == "GetQueueAttributes" and not seen:
                seen.append(table.take_leases([table.SUBJECTS], moment, timedelta(seconds=1)))
            return call()

    with watched(Another()):
        sweep_at(60, budget=timedelta())
    assert seen == [[]]
