"""What event functions share: how a batch says which of its messages must come again."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalicelib.domain.errors import Unavailable
from chalicelib.observability import count, logger

BatchAnswer = dict[str, list[dict[str, str]]]
Consume = Callable[[str], object]
Record = dict[str, Any]


def again(identifiers: Iterable[str]) -> BatchAnswer:
    """The answer that `ReportBatchItemFailures` understands; an empty list means all is done."""
    return {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}


def each_message(
    event: Any,
    consume: Consume,
    *,
    at_once: int = 1,
    put_off: Callable[[Record], object] = lambda _: None,
) -> BatchAnswer:
    """Give every body of an SQS batch to `consume`, alone: one failure leaves the others done.

    `at_once` of them side by side where one may keep the others waiting. `put_off` is given each
    record that must come again, to say when.
    """
    records = event.to_dict()["Records"]
    if at_once == 1 or len(records) == 1:
        done = [_consumed(record, consume) for record in records]
    else:
        with ThreadPoolExecutor(min(at_once, len(records))) as pool:
            done = list(pool.map(lambda record: _consumed(record, consume), records))
    for record, well in zip(records, done, strict=True):
        if not well:
            put_off(record)
    return again(r["messageId"] for r, well in zip(records, done, strict=True) if not well)


def _consumed(record: dict[str, Any], consume: Consume) -> bool:
    """False for a message that must come again.

    A fault that may pass is a warning; anything else is logged as an error, comes again as often
    as the queue permits and ends in its dead-letter queue.
    """
    facts = {"message_id": record["messageId"]}
    try:
        consume(record["body"])
    except Unavailable as error:
        logger.warning("later", extra={**facts, "reason": str(error)})
        return False
    except Exception:
        count("MessagesFailed")
        logger.exception("message failed", extra=facts)
        return False
    return True
