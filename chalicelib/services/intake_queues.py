"""The durable places for orders that are placed later: the first queue, then the standby's.

Each is tried once with little patience: a person waits for the answer.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.observability import count, logger
from chalicelib.services.queues import REDRIVEN, REDRIVES_MAX

_RETRY_AFTER_SECONDS = 15
# As long as moving a batch may take: where the first queue is still down, they are there again for
# the next minute's try.
_HELD_SECONDS = 45
_BATCH = 10
_LOOKED_FOR = timedelta(seconds=15)


class _Look:
    at: datetime | None = None
    empty = False


def send(body: str) -> None:
    """Returns once the message is durable. Raises `Unavailable` with no durable place left."""
    from botocore.exceptions import BotoCoreError, ClientError

    for place, url, region in _places():
        try:
            _client(region).send_message(QueueUrl=url, MessageBody=body)
        except (BotoCoreError, ClientError) as error:
            logger.warning("no durable place", extra={"place": place, "reason": str(error)})
            continue
        count("OrdersBuffered")
        return
    count("OrdersNotBuffered")
    raise Unavailable("Orders cannot be taken now.", retry_after_seconds=_RETRY_AFTER_SECONDS)


def set_aside(body: str, why: str) -> None:
    """Keep what is proven to be no order where people look at it; to send it back is in vain."""
    _client(settings().region).send_message(
        QueueUrl=settings().order_intake_dead_letters_url,
        MessageBody=body,
        MessageAttributes={
            "reason": {"DataType": "String", "StringValue": why[:200]},
            REDRIVEN: {"DataType": "Number", "StringValue": str(REDRIVES_MAX)},
        },
    )


def hide(receipt_handle: str, seconds: int) -> None:
    """Let a received message come again after that long."""
    _client(settings().region).change_message_visibility(
        QueueUrl=settings().order_intake_queue_url,
        ReceiptHandle=receipt_handle,
        VisibilityTimeout=seconds,
    )


def move_from_standby(limit: int) -> int:
    """Bring orders from the standby queues into the first; how many."""
    moved = 0
    for url in _standby_urls():
        moved += _moved(url, limit - moved)
    return moved


def _moved(url: str, limit: int) -> int:
    """Each is sent before it is deleted."""
    stage = settings()
    standby, first = _client(stage.standby_region), _client(stage.region)
    moved = 0
    while moved < limit:
        found = standby.receive_message(
            QueueUrl=url, MaxNumberOfMessages=_BATCH, VisibilityTimeout=_HELD_SECONDS
        ).get("Messages", [])
        if not found:
            break
        for message in found:
            first.send_message(QueueUrl=stage.order_intake_queue_url, MessageBody=message["Body"])
            standby.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def waiting() -> int:
    """About how many orders wait in all queues, those in somebody's hands included."""
    stage = settings()
    first = _depth(_client(stage.region), stage.order_intake_queue_url)
    return first + sum(_depth(_client(stage.standby_region), url) for url in _standby_urls())


def were_empty(now: datetime) -> bool:
    """Whether nothing waited when this was last looked at, at most 15 s ago."""
    at = _Look.at
    if at is None or not timedelta(0) <= now - at < _LOOKED_FOR:
        _Look.at, _Look.empty = now, waiting() == 0
    return _Look.empty


def forget() -> None:
    """Drop what is in memory, as a new instance would start."""
    _Look.at = None


def _standby_urls() -> list[str]:
    """The standby queue, and its queue of last resort: nobody reads there, so nothing is poison."""
    url = settings().standby_queue_url
    return [url, f"{url}-dlq"] if url else []


def _places() -> list[tuple[str, str, str]]:
    stage = settings()
    places = [("first", stage.order_intake_queue_url, stage.region)]
    if stage.standby_queue_url:
        places.append(("standby", stage.standby_queue_url, stage.standby_region))
    return places


def _depth(sqs: Any, url: str) -> int:
    names = [
        "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]  # fmt: skip
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(number) for number in found.values())


@cache
def _client(region: str) -> Any:
    from botocore.config import Config

    config = Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 1})
    return aws.new_client("sqs", region, config)
