"""The money that moved, by provider and day: what a statement is held against.

Each entry is written in the transaction that records the movement.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

import msgspec

from chalicelib.domain.orders import Change
from chalicelib.domain.payments import Payment, ProviderEvent, Refund
from chalicelib.domain.statements import Entry, Period
from chalicelib.store import client
from chalicelib.store.client import Put
from chalicelib.store.tables import OperationItem

_ON_SITE = "on_site"


def writes(change: Change, event: ProviderEvent) -> tuple[Put, ...]:
    """The entries for what an event moved; what is handed over on site is on no statement."""
    if event.provider == _ON_SITE:
        return ()
    return tuple(marking(entry) for entry in _entries(change, event))


def _entries(change: Change, event: ProviderEvent) -> Iterator[Entry]:
    for document in change.documents:
        if isinstance(document, Payment) and event.kind == "payment.captured":
            yield Entry(
                kind="payment", provider=event.provider, order_id=document.order_id,
                payment_id=document.payment_id, reference=document.reference,
                amount=event.amount or document.taken, occurred_at=event.occurred_at,
            )  # fmt: skip
        elif _gave_back(document, event):
            yield Entry(
                kind="refund", provider=event.provider, order_id=document.order_id,
                payment_id=document.payment_id, refund_id=document.refund_id,
                reference=document.reference, amount=document.at_provider,
                occurred_at=event.occurred_at,
            )  # fmt: skip


def marking(entry: Entry) -> Put:
    """The entry with what became known of it."""
    return Put(OperationItem(_key(entry.provider, entry.occurred_at), _sort(entry), data=entry))


def _gave_back(document: object, event: ProviderEvent) -> TypeGuard[Refund]:
    """A share too small for the currency that was taken is on no statement."""
    if not isinstance(document, Refund) or event.kind != "refund.succeeded":
        return False
    return document.at_provider.amount_minor > 0


def entries(provider: str, period: Period) -> Sequence[Entry]:
    """All of the days that the period touches."""
    found: list[Entry] = []
    day = period.since
    while day.date() <= period.until.date():
        with client.translating():
            items = OperationItem.query(_key(provider, day), consistent_read=True, page_size=1000)
            found += [msgspec.json.decode(item.data, type=Entry) for item in items]
        day += timedelta(days=1)
    return found


def _key(provider: str, at: datetime) -> str:
    return f"day_book#{provider}#{at.astimezone(UTC):%Y-%m-%d}"


def _sort(entry: Entry) -> str:
    return f"{entry.kind}#{entry.refund_id or entry.payment_id}"
