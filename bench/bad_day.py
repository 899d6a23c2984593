"""After a bad day: how fast what was taken is placed; and what `make chaos` last measured."""

import json
import time
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

import boto3
import msgspec

from bench.order_life import open_counter
from chalicelib.config import settings
from chalicelib.domain.ids import fresh
from chalicelib.services import order_intake, standing_snapshot
from chalicelib.workers.order_intake import import_orders
from tests import factories
from tests.support.outage import outage
from tests.workers.sqs import Context, batch_of

ORDERS = 200
BATCH = 10


class Drain(msgspec.Struct, frozen=True):
    orders: int
    seconds: float

    @property
    def per_second(self) -> float:
        return round(self.orders / self.seconds, 1)


class Drilled(msgspec.Struct, frozen=True):
    """Seconds from a fault on a whole stage: half were found after, and all mended after."""

    fault: str
    found_after: float
    repaired_after: float


def drain(endpoint: str) -> Drain:
    """One importer, by itself, on the DynamoDB at that address."""
    with open_counter(endpoint):
        for sku in ("apple", "bread", "milk"):
            factories.put_stock(factories.MARKET, sku, 10**6)
        standing_snapshot.publish(datetime.now(UTC))
        with outage("dynamodb"), redirect_stdout(StringIO()):  # the functions' log
            for _ in range(ORDERS):
                _take()
        batches = list(_batches())
        began = time.perf_counter()
        with redirect_stdout(StringIO()):
            answers = [import_orders(batch, Context()) for batch in batches]
        seconds = time.perf_counter() - began
        if any(answer["batchItemFailures"] for answer in answers):
            raise RuntimeError("An order could not be placed.")
        return Drain(ORDERS, seconds)


def _take() -> None:
    lines = [{"sku": sku, "quantity": 1} for sku in ("apple", "bread", "milk")]
    request = factories.an_order_request(line_items=lines, allow_duplicate=True)
    order_intake.take(request, factories.CUSTOMER, fresh("key"), "en", datetime.now(UTC))


def _batches() -> Any:
    """What the queue holds, ten at a time."""
    sqs, url = boto3.client("sqs"), settings().order_intake_queue_url
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=BATCH).get("Messages"):
        yield batch_of(*(message["Body"] for message in found))


def last_drilled(results: Path) -> list[Drilled]:
    """By the newest run of `make chaos`."""
    runs = sorted(results.glob("local-chaos-*.json"))
    if not runs:
        return []
    found = json.loads(runs[-1].read_text(encoding="utf-8"))
    return [
        Drilled(
            fault,
            median(one["detected_after_seconds"]),
            max(one["repaired_after_seconds"]),
        )
        for fault, one in found.items()
        if one["detected_after_seconds"] and one["repaired_after_seconds"]
    ]
