"""The stage's queues of last resort: how much lies in them, and giving it another chance."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chalicelib import aws
from chalicelib.config import Settings, settings
from chalicelib.domain.errors import NotFound
from chalicelib.domain.text import Text, both

REDRIVEN_A_RUN_MAX = 100
# What was tried this often anew and came back is poison: from then on it is for people.
REDRIVES_MAX = 2
_BATCH = 10
_DEPTHS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
REDRIVEN = "docket-redriven"


class LastResort(msgspec.Struct, frozen=True):
    """A queue of what was given up, and the queue that it came from, if it can go back there."""

    url: str
    source_url: str | None


class Redriven(msgspec.Struct, frozen=True):
    """How many messages went back, and how many stayed because they had come back before."""

    sent: int
    kept: int

    @property
    def told(self) -> Text:
        return both(
            f"{self.sent} sent again, {self.kept} left for people.",
            f"已重新发送 {self.sent} 条，{self.kept} 条留待人工处理。",
        )


_FED: Mapping[str, Callable[[Settings], str]] = {
    "notifications": lambda stage: stage.notifications_queue_url,
    "merchant-deliveries": lambda stage: stage.merchant_deliveries_queue_url,
    "invoices": lambda stage: stage.invoices_queue_url,
    "mail-feedback": lambda stage: stage.mail_feedback_queue_url,
    "ops-alerts": lambda stage: stage.ops_alerts_queue_url,
    "order-intake": lambda stage: stage.order_intake_queue_url,
}


def last_resorts() -> dict[str, LastResort]:
    """Every such queue by its name: each consumer's `-dlq`, and what the relay could not send."""
    stage = settings()
    found = {
        f"{name}-dlq": LastResort(f"{url(stage)}-dlq", url(stage)) for name, url in _FED.items()
    }
    return found | {"relay-failures": LastResort(stage.relay_failures_queue_url, None)}


def messages_in(queue: LastResort) -> int:
    """About how many lie there, those that a redrive looks at included. Raises `Unavailable`."""
    with aws.calling("A queue's depth"):
        answer = aws.client("sqs").get_queue_attributes(
            QueueUrl=queue.url, AttributeNames=list(_DEPTHS)
        )
    return sum(int(answer["Attributes"][name]) for name in _DEPTHS)


def redrive(name: str) -> Redriven:
    """Send the messages back to where they came from, each before it is deleted here.

    Killed in between, a message is there twice: consumers take it as a repeat.
    """
    queue = last_resorts().get(name)
    if queue is None or queue.source_url is None:
        raise NotFound("What lies in this queue cannot go back.")
    sent = kept = 0
    with aws.calling("The queue"):
        while sent + kept < REDRIVEN_A_RUN_MAX:
            batch = _receive(queue.url)
            if not batch:
                break
            tired = [message for message in batch if _redrives(message) >= REDRIVES_MAX]
            fresh = [message for message in batch if message not in tired]
            _move(fresh, queue)
            sent, kept = sent + len(fresh), kept + len(tired)
    return Redriven(sent, kept)


def _receive(url: str) -> list[dict[str, Any]]:
    answer = aws.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=_BATCH, MessageAttributeNames=["All"],
        VisibilityTimeout=60,
    )  # fmt: skip
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


def _redrives(message: dict[str, Any]) -> int:
    known = message.get("MessageAttributes", {}).get(REDRIVEN)
    return int(known["StringValue"]) if known else 0


def _move(batch: list[dict[str, Any]], queue: LastResort) -> None:
    for message in batch:
        attributes = {
            **message.get("MessageAttributes", {}),
            REDRIVEN: {"DataType": "Number", "StringValue": str(_redrives(message) + 1)},
        }
        aws.client("sqs").send_message(
            QueueUrl=queue.source_url, MessageBody=message["Body"], MessageAttributes=attributes
        )
        aws.client("sqs").delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
