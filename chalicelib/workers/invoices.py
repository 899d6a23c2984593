"""Order events to whoever issues the invoices."""

import os
from datetime import UTC, datetime

from chalice.app import Blueprint, SQSEvent

from chalicelib.domain.clock import truncated
from chalicelib.domain.orders import OrderEvent
from chalicelib.observability import observed
from chalicelib.services import einvoices, invoices, papers
from chalicelib.services.notifications import read_event
from chalicelib.workers.base import BatchAnswer, each_message

handlers = Blueprint(__name__)


@handlers.on_sqs_message(
    queue_arn=os.environ.get(
        "DOCKET_INVOICES_QUEUE_ARN", "arn:aws:sqs:us-east-1:000000000000:placeholder"
    ),
    batch_size=10,
    name="issue_invoices",
)
@observed
def issue_invoices(event: SQSEvent) -> BatchAnswer:
    """One after the other: two at once would want the same number of their store.

    A call without records only gets the function ready.
    """
    papers.prepare()
    told: list[OrderEvent] = []

    def consume(body: str) -> None:
        told.append(read_event(body))
        invoices.issue(told[-1], _now())

    answer = each_message(event, consume)
    einvoices.drive_all(told, _now)
    return answer


def _now() -> datetime:
    return truncated(datetime.now(UTC))
