"""Order events to the customers they concern."""

import os
from datetime import UTC, datetime

from chalice.app import Blueprint, SQSEvent

from chalicelib.observability import observed
from chalicelib.services import notifications
from chalicelib.workers.base import BatchAnswer, each_message

handlers = Blueprint(__name__)


@handlers.on_sqs_message(
    queue_arn=os.environ.get(
        "DOCKET_NOTIFICATIONS_QUEUE_ARN", "arn:aws:sqs:us-east-1:000000000000:placeholder"
    ),
    batch_size=10,
    name="deliver_notifications",
)
@observed
def deliver_notifications(event: SQSEvent) -> BatchAnswer:
    now = datetime.now(UTC)
    return each_message(
        event, lambda body: notifications.deliver(notifications.read_event(body), now)
    )
