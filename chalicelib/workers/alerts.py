"""Calls of staff and alarms of the stage to the people on its list."""

import os
from datetime import UTC, datetime

from chalice.app import Blueprint, SQSEvent

from chalicelib.observability import observed
from chalicelib.services import alerts
from chalicelib.workers.base import BatchAnswer, each_message

handlers = Blueprint(__name__)


@handlers.on_sqs_message(
    queue_arn=os.environ.get(
        "DOCKET_OPS_ALERTS_QUEUE_ARN", "arn:aws:sqs:us-east-1:000000000000:placeholder"
    ),
    batch_size=5,
    name="deliver_alerts",
)
@observed
def deliver_alerts(event: SQSEvent) -> BatchAnswer:
    now = datetime.now(UTC)
    return each_message(event, lambda body: alerts.deliver(alerts.read_alert(body, now), now))
