"""Order events to the customers they concern."""

import os
from datetime import UTC, datetime

from chalice.app import Blueprint, SQSEvent

from chalicelib.observability import observed
from chalicelib.services import notifications
from chalicelib.workers.base import BatchAnswer, each_message

BATCH_SIZE = 10

handlers = Blueprint(__name__)


@handlers.on_sqs_message(
    queue_arn=os.environ.get(
        "DOCKET_NOTIFICATIONS_QUEUE_ARN", "arn:aws:sqs:us-east-1:000000000000:placeholder"
    ),
    batch_size=BATCH_SIZE,
    name="deliver_notifications",
)
@observed
def deliver_notifications(event: SQSEvent) -> BatchAnswer:
    """Side by side: a mail service that hangs must not make ten messages wait for each other."""
    now = datetime.now(UTC)
    return each_message(
        event,
        lambda body: notifications.deliver(notifications.read_event(body), now),
        at_once=BATCH_SIZE,
    )
