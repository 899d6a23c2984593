"""Putting an order's event into a consumer's queue once more, just as the topic would."""

from collections.abc import Callable, Mapping

import msgspec

from chalicelib import aws
from chalicelib.config import Settings, settings
from chalicelib.domain.orders import OrderEvent
from chalicelib.domain.receipts import Consumer

_QUEUES: Mapping[Consumer, Callable[[Settings], str]] = {
    "customer": lambda stage: stage.notifications_queue_url,
    "merchant": lambda stage: stage.merchant_deliveries_queue_url,
    "invoices": lambda stage: stage.invoices_queue_url,
}


def send(event: OrderEvent, consumer: Consumer, delay_seconds: int = 0) -> None:
    """Consumers take it as a repeat. Raises `Unavailable` when the queue cannot be reached."""
    with aws.calling("The consumer's queue"):
        aws.client("sqs").send_message(
            QueueUrl=_QUEUES[consumer](settings()),
            MessageBody=msgspec.json.encode(event).decode(),
            DelaySeconds=delay_seconds,
        )
