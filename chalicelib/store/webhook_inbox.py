"""What providers sent: one row an event id, kept for ever, and the raw body for 90 days."""

import hashlib
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.domain.clock import rfc3339
from chalicelib.domain.payments import ProviderEvent
from chalicelib.store import client
from chalicelib.store.client import Put
from chalicelib.store.tables import OperationItem

RAW_KEPT_SECONDS = 90 * 86_400
Verdict = Literal["applied", "nothing_new", "orphan", "ignored", "dismissed"]
_ORPHANS = "webhooks#orphan"


class InboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """`event` is what it meant, kept as long as it has no order."""

    provider: str
    event_id: str
    raw_type: str
    kind: str | None
    order_id: str | None
    payment_id: str | None
    digest: str
    verdict: Verdict
    received_at: str
    event: ProviderEvent | None = None


def find(provider: str, event_id: str) -> InboxRow | None:
    with client.translating():
        keys = [(_key(provider, event_id), "event")]
        item = next(iter(OperationItem.batch_get(keys, consistent_read=True)), None)
    return msgspec.json.decode(item.data, type=InboxRow) if item else None


def known_ids(provider: str, event_ids: Iterable[str]) -> set[str]:
    """Which of these events were here before."""
    keys = {_key(provider, event_id): event_id for event_id in event_ids}
    with client.translating():
        items = OperationItem.batch_get([(key, "event") for key in keys], consistent_read=True)
        return {keys[item.PK] for item in items}


def record(event: ProviderEvent, raw: bytes, verdict: Verdict, now: datetime) -> tuple[Put, Put]:
    """The writes that remember an event, refused when its id is known already."""
    row = InboxRow(
        provider=event.provider,
        event_id=event.event_id,
        raw_type=event.raw_type,
        kind=event.kind,
        order_id=event.order_id,
        payment_id=event.payment_id,
        digest=hashlib.sha256(raw).hexdigest(),
        verdict=verdict,
        received_at=rfc3339(now),
        event=event if verdict == "orphan" else None,
    )
    key = _key(event.provider, event.event_id)
    item = OperationItem(key, "event", data=row)
    if verdict == "orphan":
        item.list_key, item.list_sort = _ORPHANS, row.received_at
    body = OperationItem(key, "raw", data=zlib.compress(raw).hex())
    body.ttl = int(now.timestamp()) + RAW_KEPT_SECONDS
    return Put(item, OperationItem.PK.does_not_exist()), Put(body)


def keep(event: ProviderEvent, raw: bytes, verdict: Verdict, now: datetime) -> bool:
    """Remember an event that changed no order; False when it was known already."""
    try:
        client.transact(record(event, raw, verdict, now))
    except client.TransactionRefused:
        return False
    return True


def list_orphans(most: int) -> list[InboxRow]:
    """Events that have no order, the oldest first."""
    with client.translating():
        found = OperationItem.listing.query(_ORPHANS, limit=most, page_size=most)
        return [msgspec.json.decode(item.data, type=InboxRow) for item in found]


def settled(row: InboxRow, verdict: Verdict) -> Put:
    """The write that ends an orphan, refused when somebody else did so first."""
    item = OperationItem(
        _key(row.provider, row.event_id),
        "event",
        data=msgspec.structs.replace(row, verdict=verdict, event=None),
    )
    return Put(item, OperationItem.list_key == _ORPHANS)


def _key(provider: str, event_id: str) -> str:
    return f"webhook#{provider}#{event_id}"
