"""Order events from the table's stream to everyone who listens."""

import os

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.observability import count, observed
from chalicelib.services import relay
from chalicelib.workers.base import BatchAnswer, again

handlers = Blueprint(__name__)


@handlers.on_dynamodb_record(
    stream_arn=os.environ.get(
        "DOCKET_ORDERS_STREAM_ARN",
        "arn:aws:dynamodb:us-east-1:000000000000:table/placeholder/stream/placeholder",
    ),
    batch_size=10,
    name="relay_order_events",
)
@observed
def relay_order_events(event: DynamoDBEvent) -> BatchAnswer:
    records = event.to_dict()["Records"]
    failed = relay.relay(records, relay.publish_to_topic)
    count("EventsRelayed", len(records) - len(failed))
    if failed:
        count("EventsNotRelayed", len(failed))
    return again(failed)
