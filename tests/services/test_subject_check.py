"""Trouble with queues and functions: found once a sweep, mended, told, and over by itself."""

from datetime import timedelta

import boto3
import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.services import case_actions, order_import, sweep
from chalicelib.services.case_actions import Wish
from chalicelib.store import sweep as table
from tests.environment import SETTINGS
from tests.factories import MANAGER, NOW
from tests.reliability.crashes import Calls, Killed, watched
from tests.services.sweeping import cases, make_queues, messages, sweep_at

SOURCE = SETTINGS["DOCKET_NOTIFICATIONS_QUEUE_URL"]
DEAD = f"{SOURCE}-dlq"


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def give_up(count=1, url=DEAD):
    for number in range(count):
        boto3.client("sqs").send_message(QueueUrl=url, MessageBody=f'{{"number": {number}}}')


def depth(url):
    name = "ApproximateNumberOfMessages"
    answer = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name])


def emptied(url):
    """Of what a reader that was killed holds, too."""
    boto3.client("sqs").delete_queue(QueueUrl=url)
    boto3.client("sqs").create_queue(QueueName=url.rpartition("/")[2])


def scheduled(seconds):
    moment = NOW + timedelta(seconds=seconds)
    return sweep.sweep(sweep.SCHEDULE, lambda: moment, timedelta(seconds=20), lambda _: None)


class TestDeadLetters:
    def test_they_are_found_and_given_another_chance(self):
        give_up(12)

        counts = sweep_at(1)

        [case] = cases("dead_letters")
        assert (case.subject.type, case.subject.id) == ("queue", "notifications-dlq")
        assert "12" in case.summary["en"]
        assert [(run.action, run.outcome) for run in case.repairs] == [("redrive", "done")]
        assert (counts.opened, counts.repaired, counts.alerted) == (1, 1, 0)
        assert (depth(SOURCE), depth(DEAD)) == (12, 0)

    def test_the_case_ends_when_nothing_lies_there_any_more(self):
        give_up()
        sweep_at(1)
        assert sweep_at(2).resolved == 1
        assert cases("dead_letters")[0].status == "resolved"
        assert sweep_at(3).resolved == 0

    def test_poison_is_tried_twice_and_then_left_to_people(self):
        give_up()
        for second in (1, 3000):
            sweep_at(second)
            die_again()
        sweep_at(9000)

        [case] = cases("dead_letters")
        assert [run.outcome for run in case.repairs] == ["done", "done", "nothing_to_do"]
        assert [alert["case_id"] for alert in messages("ops-alerts")] == [case.case_id]
        assert depth(SOURCE) == 0

    def test_what_the_relay_gave_up_is_told_but_cannot_go_back(self):
        give_up(url=SETTINGS["DOCKET_RELAY_FAILURES_QUEUE_URL"])
        sweep_at(1)
        [case] = cases("dead_letters")
        assert case.subject.id == "relay-failures"
        assert case.repairs == ()
        assert len(messages("ops-alerts")) == 1

    def test_what_proved_to_be_no_order_is_told_and_never_sent_back(self):
        order_import.import_message("no order at all", NOW)
        sweep_at(1)
        [case] = cases("dead_letters")
        assert case.subject.id == "order-intake-dlq"
        assert [run.outcome for run in case.repairs] == ["nothing_to_do"]
        assert [alert["case_id"] for alert in messages("ops-alerts")] == [case.case_id]
        assert depth(SETTINGS["DOCKET_ORDER_INTAKE_QUEUE_URL"]) == 0

    def test_staff_cannot_close_a_case_while_messages_lie_there(self):
        give_up(url=SETTINGS["DOCKET_RELAY_FAILURES_QUEUE_URL"])
        sweep_at(1)
        [case] = cases("dead_letters")
        with pytest.raises(Conflict) as refused:
            case_actions.act(case.case_id, Wish(action="resolve"), MANAGER, NOW)
        assert refused.value.code == "case_still_found"

    def test_a_queue_that_cannot_be_read_ends_no_case(self):
        give_up(url=SETTINGS["DOCKET_RELAY_FAILURES_QUEUE_URL"])
        sweep_at(1)
        boto3.client("sqs").delete_queue(QueueUrl=DEAD)
        counts = sweep_at(2)
        assert (counts.failed, counts.resolved) == (1, 0)
        assert cases("dead_letters")[0].status == "open"


def die_again():
    """The consumer gives the message up once more, its attributes kept as SQS keeps them."""
    sqs = boto3.client("sqs")
    answer = sqs.receive_message(QueueUrl=SOURCE, MessageAttributeNames=["All"])
    [message] = answer["Messages"]
    sqs.send_message(
        QueueUrl=DEAD, MessageBody=message["Body"], MessageAttributes=message["MessageAttributes"]
    )
    sqs.delete_message(QueueUrl=SOURCE, ReceiptHandle=message["ReceiptHandle"])


class TestSweepMissed:
    def test_sweeps_in_time_say_nothing(self):
        for second in (0, 60, 120):
            scheduled(second)
        assert cases("sweep_missed") == []

    def test_the_first_sweep_after_a_gap_finds_it_and_the_next_ends_it(self):
        scheduled(0)
        scheduled(600)
        [case] = cases("sweep_missed")
        assert (case.subject.type, case.subject.id) == ("function", "sweep_exceptions")
        assert "10 minutes" in case.summary["en"]
        assert len(messages("ops-alerts")) == 1
        scheduled(660)
        assert cases("sweep_missed")[0].status == "resolved"

    def test_a_sweep_by_hand_finds_it_too_and_does_not_hide_it(self):
        scheduled(0)
        for second in (600, 660):
            sweep_at(second)
            assert cases("sweep_missed")[0].status == "open"


def test_what_another_sweep_looks_at_is_left_to_it():
    give_up()
    leases = table.take_leases([table.SUBJECTS], NOW, timedelta(seconds=90))
    assert sweep_at(1).subjects == 0
    table.give_back(leases)
    assert sweep_at(1).subjects > 0


def test_a_look_costs_the_same_whatever_there_is():
    calls = Calls()
    with watched(calls):
        sweep_at(1)
    assert calls.count <= 37


def test_a_sweep_killed_anywhere_leaves_one_case_that_still_ends():
    rehearsal = Calls()
    give_up()
    with watched(rehearsal):
        sweep_at(1)
    assert "SendMessage" in rehearsal.names
    for number in range(rehearsal.count):
        give_up()
        moment = 10_000 * (number + 1)
        try:
            with watched(Calls(number, "after")):
                sweep_at(moment)
        except Killed:
            pass
        emptied(DEAD)
        sweep_at(moment + 120)
        sweep_at(moment + 180)
        [case] = cases("dead_letters")
        assert case.status == "resolved", rehearsal.names[number]
