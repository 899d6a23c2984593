"""Orders that were taken before, to be placed now; and the minute's look at how many wait."""

import os
from datetime import UTC, datetime
from typing import Any

import msgspec
from chalice.app import Blueprint, CloudWatchEvent, SQSEvent

from chalicelib.observability import observed
from chalicelib.services import buffer_care, order_import
from chalicelib.workers.base import BatchAnswer, each_message

handlers = Blueprint(__name__)


@handlers.on_sqs_message(
    queue_arn=os.environ.get(
        "DOCKET_ORDER_INTAKE_QUEUE_ARN", "arn:aws:sqs:us-east-1:000000000000:placeholder"
    ),
    batch_size=10,
    name="import_orders",
)
@observed
def import_orders(event: SQSEvent) -> BatchAnswer:
    now = datetime.now(UTC)
    return each_message(
        event,
        lambda body: order_import.import_message(body, now),
        put_off=lambda record: order_import.put_off(record, now),
    )


@handlers.schedule("rate(1 minute)", name="care_for_buffer")
@observed
def care_for_buffer(event: CloudWatchEvent) -> Any:
    del event
    return msgspec.to_builtins(buffer_care.look_after(datetime.now(UTC)))
