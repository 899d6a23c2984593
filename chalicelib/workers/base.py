"""What event functions share: how a batch says which of its messages must come again."""

from collections.abc import Callable, Iterable
from typing import Any

from chalicelib.domain.errors import Unavailable
from chalicelib.observability import count, logger

BatchAnswer = dict[str, list[dict[str, str]]]


def again(identifiers: Iterable[str]) -> BatchAnswer:
    """The answer that `ReportBatchItemFailures` understands; an empty list means all is done."""
    return {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}


def each_message(event: Any, consume: Callable[[str], object]) -> BatchAnswer:
    """Give every body of an SQS batch to `consume`, alone: one failure leaves the others done.

    A fault that may pass is retried quietly; anything else is logged as an error, comes again as
    often as the queue permits and ends in its dead-letter queue.
    """
    failed: list[str] = []
    for record in event.to_dict()["Records"]:
        try:
            consume(record["body"])
        except Unavailable as error:
            failed.append(record["messageId"])
            logger.warning("later", extra={"message_id": record["messageId"], "reason": str(error)})
        except Exception:
            failed.append(record["messageId"])
            count("MessagesFailed")
            logger.exception("message failed", extra={"message_id": record["messageId"]})
    return again(failed)
