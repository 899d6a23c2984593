"""Bounces and complaints about our mails to what they mean for messages and addresses."""

import os
from datetime import UTC, datetime

from chalice.app import Blueprint, SQSEvent

from chalicelib.observability import observed
from chalicelib.services import mail_feedback
from chalicelib.workers.base import BatchAnswer, each_message

handlers = Blueprint(__name__)


@handlers.on_sqs_message(
    queue_arn=os.environ.get(
        "DOCKET_MAIL_FEEDBACK_QUEUE_ARN", "arn:aws:sqs:us-east-1:000000000000:placeholder"
    ),
    batch_size=5,
    name="take_mail_feedback",
)
@observed
def take_mail_feedback(event: SQSEvent) -> BatchAnswer:
    now = datetime.now(UTC)
    return each_message(event, lambda body: mail_feedback.take(body, now))
