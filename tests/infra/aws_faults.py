"""Faults behind the alarms over AWS's own metrics, with the points that AWS makes of each.

A handler that fails, a message that nobody can read and a request that cannot be answered are the
real ones, in moto. Where AWS alone knows (capacity, its own errors), it is what AWS documents.
"""

import importlib
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from tests.http import Client
from tests.infra.own_faults import SAMPLES, Context
from tests.support.cloudwatch import Point, point
from tests.support.outage import outage
from tests.tokens import bearer

MINUTES = 6
DOWN = ("dynamodb", "s3", "sqs", "sns", "secretsmanager", "sesv2")


def minutes(now: datetime) -> list[datetime]:
    return [now - timedelta(minutes=back) for back in range(MINUTES)]


def handler_of(path: str) -> Callable[[Any, Any], Any]:
    """By the handler string of the template."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]


def poisoned(queue: str, handler: str, max_receives: int, now: datetime) -> list[Point]:
    """The consumer meets it as often as the queue permits; what SQS then shows of the last resort.

    `max_receives` is the template's.
    """
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    dead = sqs.create_queue(QueueName=f"{queue}-dlq")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    redrive = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": str(max_receives)}
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": "0"}
    )
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    consume = handler_of(handler)
    while received := sqs.receive_message(QueueUrl=url).get("Messages"):
        answer = consume({"Records": [_record(one) for one in received]}, Context())
        if not answer["batchItemFailures"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=received[0]["ReceiptHandle"])
    visible = _depth(dead)
    name = f"docket-test-{queue}-dlq"
    return [
        point("AWS/SQS", "ApproximateNumberOfMessagesVisible", now, visible, QueueName=name)
    ]  # fmt: skip


def _record(message: dict[str, Any]) -> dict[str, Any]:
    (sample,) = json.loads((SAMPLES / "sqs_order_intake.json").read_text())["Records"]
    return {
        **sample, "messageId": message["MessageId"], "body": message["Body"],
        "receiptHandle": message["ReceiptHandle"],
    }  # fmt: skip


def _depth(url: str) -> int:
    names = ["ApproximateNumberOfMessages"]
    found = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return int(found["Attributes"][names[0]])


def unread(queue: str, now: datetime) -> list[Point]:
    """A message that nobody comes for: how old the oldest is at each minute."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["SentTimestamp"])["Messages"]
    sent_at = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    waited = timedelta(minutes=10 + MINUTES, seconds=5)
    return [
        point(
            "AWS/SQS", "ApproximateAgeOfOldestMessage", at,
            (sent_at + waited - (now - at) - sent_at).total_seconds(),
            QueueName=f"docket-test-{queue}",
        )
        for at in minutes(now)
    ]  # fmt: skip


def relay_gives_up(tries: int, now: datetime) -> list[Point]:
    """The topic is gone at each try; then Lambda puts the batch into the queue of last resort, or
    says that it cannot.
    """
    sample = json.loads((SAMPLES / "stream_order_placed.json").read_text())
    relay = handler_of("chalicelib.workers.relay.relay_order_events")
    with outage("sns"):
        failed = [relay(sample, Context())["batchItemFailures"] for _ in range(tries + 1)]
    assert all(failed)
    name = "docket-test-relay-failures"
    relay = "docket-test-relay-order-events"
    return [
        point("AWS/SQS", "ApproximateNumberOfMessagesVisible", now, 1, QueueName=name),
        point("AWS/Lambda", "DestinationDeliveryFailures", now, 1, FunctionName=relay),
    ]


def broken(handler: str, label: str, now: datetime) -> list[Point]:
    """The function is called while nothing answers it, or with what is no event at all."""
    fails = 0
    with outage(*DOWN):
        for event in (json.loads((SAMPLES / "schedule_sweep.json").read_text()), None):
            fails += 1
            with suppress(Exception):
                handler_of(handler)(event, Context())
                fails -= 1
    return [point("AWS/Lambda", "Errors", now, fails, FunctionName=f"docket-test-{label}")]


def at_once(label: str, now: datetime) -> list[Point]:
    name = f"docket-test-{label}"
    return [point("AWS/Lambda", "Throttles", at, 1, FunctionName=name) for at in minutes(now)]


def slow(label: str, timeout_seconds: float, now: datetime) -> list[Point]:
    """It takes nine tenths of its time."""
    name, took = f"docket-test-{label}", timeout_seconds * 900
    return [point("AWS/Lambda", "Duration", at, took, FunctionName=name) for at in minutes(now)]


def behind(label: str, lag: timedelta, now: datetime) -> list[Point]:
    """The batch's last record is as old as AWS says in `IteratorAge`."""
    sample = json.loads((SAMPLES / "stream_order_placed.json").read_text())
    record = sample["Records"][-1]["dynamodb"] | {
        "ApproximateCreationDateTime": (now - lag).timestamp()
    }
    age = (now.timestamp() - record["ApproximateCreationDateTime"]) * 1000
    name = f"docket-test-{label}"
    return [point("AWS/Lambda", "IteratorAge", at, age, FunctionName=name) for at in minutes(now)]


def answered(now: datetime) -> list[Point]:
    """What API Gateway counts while the tables are down: an order read cannot be answered."""
    with Client() as client, outage("dynamodb"):
        answer = client.send("GET", "/v1/orders/ord_1", authorization=bearer("cus-1"))
    assert answer.status >= 500
    where = {"ApiName": "docket-test", "Stage": "api"}
    return [point("AWS/ApiGateway", "5XXError", now, answer.status >= 500, **where)]


def waiting(now: datetime) -> list[Point]:
    where = {"ApiName": "docket-test", "Stage": "api"}
    return [point("AWS/ApiGateway", "Latency", at, 3500, **where) for at in minutes(now)]


def of_table(metric: str, table: str, value: float, now: datetime, **more: str) -> list[Point]:
    """DynamoDB's own count, each minute."""
    name = f"docket-test-{table}"
    return [point("AWS/DynamoDB", metric, at, value, TableName=name, **more) for at in minutes(now)]


def of_topic(metric: str, topic: str, now: datetime) -> list[Point]:
    return [point("AWS/SNS", metric, now, 1, TopicName=f"docket-test-{topic}")]


def refused(times: int, now: datetime) -> list[Point]:
    """What API Gateway counts of requests that we refuse: an order asked for without a token."""
    with Client() as client:
        answers = [client.send("GET", "/v1/orders/ord_1") for _ in range(times)]
    where = {"ApiName": "docket-test", "Stage": "api"}
    return [
        point("AWS/ApiGateway", "4XXError", now, 400 <= answer.status < 500, **where)
        for answer in answers
    ]
