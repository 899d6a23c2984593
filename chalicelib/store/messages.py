"""Messages that no event of an order accounts for: calls of staff, mails to merchants, papers.

Each is claimed before it is sent and marked after; the claim is at once the record of the message,
listed by its day and kept for 30.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.domain.clock import epoch_ms, rfc3339
from chalicelib.domain.messages import SentMessage
from chalicelib.store import client
from chalicelib.store.tables import OperationItem

Claim = Literal["ours", "sent", "busy"]
KEPT = timedelta(days=30)
_PAGE = 100


def claim(message: SentMessage, key: str, now: datetime, lasting: timedelta) -> Claim:
    """Whether this message is ours to send, was sent, or is just being sent by someone else.

    `key` tells apart those who get the same message.
    """
    item = _item(message.message_id, key)
    item.data = message
    item.list_key, item.list_sort = f"messages#{_day(message.at)}", position_of(message, key)
    item.expires_ms = epoch_ms(now + lasting)
    item.ttl = int((now + KEPT).timestamp())
    left_lying = OperationItem.version.does_not_exist() & (OperationItem.expires_ms < epoch_ms(now))
    try:
        with client.translating():
            item.save(condition=OperationItem.PK.does_not_exist() | left_lying)
    except client.ConditionFailed:
        return _taken(message.message_id, key)
    return "ours"


def _taken(message_id: str, key: str) -> Claim:
    with client.translating():
        try:
            item = OperationItem.get(*_key(message_id, key), consistent_read=True)
        except OperationItem.DoesNotExist:
            return "busy"
    return "sent" if item.version else "busy"


def find_message(message_id: str, key: str) -> SentMessage | None:
    with client.translating():
        try:
            item = OperationItem.get(*_key(message_id, key), consistent_read=True)
        except OperationItem.DoesNotExist:
            return None
    return msgspec.json.decode(item.data, type=SentMessage)


def mark(message: SentMessage, key: str) -> None:
    """It is done with, as its outcome says."""
    with client.translating():
        _item(message.message_id, key).update(
            actions=[OperationItem.version.set(1), OperationItem.data.set(message)]
        )


def release(message_id: str, key: str) -> None:
    """It failed in a way that may pass: the next try need not wait."""
    with client.translating():
        _item(message_id, key).update(actions=[OperationItem.expires_ms.set(0)])


def messages_between(since: datetime, before: str) -> Iterator[tuple[str, SentMessage]]:
    """Each with its position, newest first, from before a position back to `since`."""
    since = max(since, datetime.fromisoformat(before[:10]).replace(tzinfo=since.tzinfo) - KEPT)
    day = datetime.fromisoformat(before[:10]).replace(tzinfo=since.tzinfo)
    with client.translating():
        while day.date() >= since.date():
            found = OperationItem.listing.query(
                f"messages#{_day(day)}",
                OperationItem.list_sort.between(rfc3339(since), before),
                scan_index_forward=False,
                page_size=_PAGE,
            )
            for item in found:
                if item.list_sort != before:
                    yield item.list_sort, msgspec.json.decode(item.data, type=SentMessage)
            day -= timedelta(days=1)


def position_of(message: SentMessage, key: str) -> str:
    """Where it stands in time."""
    return f"{rfc3339(message.at)}#{message.message_id}#{key}"


def _item(message_id: str, key: str) -> OperationItem:
    return OperationItem(*_key(message_id, key))


def _key(message_id: str, key: str) -> tuple[str, str]:
    return f"message#{message_id}", key


def _day(at: datetime) -> str:
    return rfc3339(at)[:10]
