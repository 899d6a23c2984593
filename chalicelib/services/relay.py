"""Order events from the log to everyone who listens: published as they are, none skipped.

A record that could not be published is reported by its sequence number; the stream then rewinds
to the lowest one, and what comes twice is the consumers' everyday business.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.domain.errors import Malformed, Unavailable
from chalicelib.services import pulse

EVENT_PREFIX = "event#"
# Limits of one PublishBatch; some room is left for the attributes, which count too.
ENTRIES_MAX = 10
BATCH_BYTES_MAX = 250_000


class Routing(msgspec.Struct, frozen=True):
    """What subscriptions filter by."""

    event_id: str
    type: str
    store_id: str
    data: pulse.Fact = pulse.Fact()


class Outbound(msgspec.Struct, frozen=True):
    sequence_number: str
    routing: Routing
    message: str


class Publish(Protocol):
    """Publish at most ten messages together; returns the positions of those refused."""

    def __call__(self, batch: Sequence[Outbound]) -> set[int]: ...


def relay(records: Iterable[Mapping[str, Any]], publish: Publish) -> list[str]:
    """The sequence numbers of the records that must come again, lowest first."""
    failed: list[str] = []
    outbound: list[Outbound] = []
    for record in records:
        try:
            found = _read(record)
        except Malformed:
            failed.append(record["dynamodb"]["SequenceNumber"])
        else:
            outbound.extend(found)
    for batch in _batches(outbound):
        failed.extend(_refused(batch, publish))
    return sorted(failed, key=int)


def publish_to_topic(batch: Sequence[Outbound]) -> set[int]:
    """SNS, one call; attributes are at most ten, or raw delivery to a queue drops the message."""
    entries = [
        {
            "Id": str(position),
            "Message": item.message,
            "MessageAttributes": {
                "type": {"DataType": "String", "StringValue": item.routing.type},
                "store_id": {"DataType": "String", "StringValue": item.routing.store_id},
            },
        }
        for position, item in enumerate(batch)
    ]
    with aws.calling("The topic of order events"):
        answer = aws.client("sns").publish_batch(
            TopicArn=settings().order_events_topic_arn, PublishBatchRequestEntries=entries
        )
    return {int(entry["Id"]) for entry in answer.get("Failed", [])}


def _refused(batch: Sequence[Outbound], publish: Publish) -> list[str]:
    try:
        refused = publish(batch)
    except Unavailable:
        refused = set(range(len(batch)))
    for at, item in enumerate(batch):
        if at not in refused:
            pulse.note(item.routing.type, item.routing.data)
    return [item.sequence_number for at, item in enumerate(batch) if at in refused]


def _read(record: Mapping[str, Any]) -> Iterator[Outbound]:
    """One message for a new event item; nothing for any other change of the table."""
    change = record["dynamodb"]
    is_event = change["Keys"]["SK"]["S"].startswith(EVENT_PREFIX)
    if record.get("eventName") != "INSERT" or not is_event:
        return iter(())
    try:
        message = _text(change["NewImage"]["data"])
        routing = msgspec.json.decode(message, type=Routing)
    except (KeyError, ValueError) as error:
        raise Malformed("The event item cannot be read.") from error
    return iter((Outbound(change["SequenceNumber"], routing, message),))


def _text(attribute: Mapping[str, str]) -> str:
    """The JSON in a string or binary attribute as a stream record carries it."""
    if "S" in attribute:
        return attribute["S"]
    return base64.b64decode(attribute["B"]).decode()


def _batches(items: Sequence[Outbound]) -> Iterator[list[Outbound]]:
    batch: list[Outbound] = []
    size = 0
    for item in items:
        weight = len(item.message.encode())
        if batch and (len(batch) == ENTRIES_MAX or size + weight > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += weight
    if batch:
        yield batch
