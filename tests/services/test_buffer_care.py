"""The minute's look at buffered orders: standby queues emptied, what is over closed and drained."""

from datetime import timedelta

import boto3
import pytest

from chalicelib.config import settings
from chalicelib.domain.errors import NotFound
from chalicelib.services import (
    buffer_care,
    intake_queues,
    orders,
    status_board,
)
from tests.factories import (
    CUSTOMER,
)
from tests.services.intake import (
    drain,
    messages,
    now,
    publish,
    status_of,
    take,
)
from tests.support.outage import outage


def undrained():
    return [one.incident_id for one in status_board.load().undrained]


def test_without_the_first_queue_the_standby_takes_the_order_and_it_is_fetched(shop):
    publish()
    stage = settings()
    with outage("dynamodb"), outage("sqs", region="us-east-1"):
        order = take().placed.file.order
    assert messages() == []
    care = buffer_care.look_after(now())
    assert (care.moved, care.waiting) == (1, 1)
    assert messages(stage.standby_queue_url, stage.standby_region) == []
    assert drain() == []
    assert status_of(order.order_id) == "placed"


def test_what_the_standby_queue_gave_up_waits_all_the_same_and_is_fetched(shop):
    publish()
    stage = settings()
    with outage("dynamodb"), outage("sqs", region="us-east-1"):
        order = take().placed.file.order
    (message,) = messages(stage.standby_queue_url, stage.standby_region)
    given_up = f"{stage.standby_queue_url}-dlq"
    sqs = boto3.client("sqs", region_name=stage.standby_region)
    sqs.send_message(QueueUrl=given_up, MessageBody=message)
    assert intake_queues.waiting() == 1
    assert buffer_care.look_after(now()).moved == 1
    assert messages(given_up, stage.standby_region) == []
    assert drain() == []
    assert status_of(order.order_id) == "placed"


def test_what_opened_by_itself_closes_by_itself_and_counts_as_drained_only_later(shop):
    publish()
    with outage("dynamodb"):
        take()
    later = now() + timedelta(minutes=1)
    buffer_care.look_after(later)
    assert status_board.load().open_incidents == ()
    assert len(undrained()) == 1
    drain()
    buffer_care.look_after(later)
    assert len(undrained()) == 1
    buffer_care.look_after(later + timedelta(minutes=1))
    assert undrained() == []
    with pytest.raises(NotFound):
        orders.find_by_key(CUSTOMER, "never-used-before")


def test_an_announcement_opens_and_ends_with_what_opened_by_itself(shop):
    publish()
    with outage("dynamodb"):
        take()
    (incident,) = status_board.load().open_incidents
    (told,) = status_board.load().announced_at(now())
    assert (told.incident_id, told.text.keys()) == (incident.incident_id, {"en", "zh-CN"})
    later = now() + timedelta(minutes=1)
    buffer_care.look_after(later)
    assert status_board.load().announced_at(later) == ()


def test_the_incident_closes_though_a_queue_does_not_answer_and_is_not_drained(shop):
    publish()
    with outage("dynamodb"):
        take()
    for minutes in (1, 2, 3):
        with outage("sqs", region="us-east-1"):
            care = buffer_care.look_after(now() + timedelta(minutes=minutes))
        assert care.waiting is None
    assert status_board.load().open_incidents == ()
    assert len(undrained()) == 1


def test_nothing_is_over_while_only_the_table_of_orders_is_down(shop):
    publish()
    later = now() + timedelta(minutes=1)
    with outage("dynamodb", table="docket-test-orders"):
        take()
        buffer_care.look_after(later)
        assert len(status_board.load().open_incidents) == 1
    buffer_care.look_after(later)
    assert status_board.load().open_incidents == ()
