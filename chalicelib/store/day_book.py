"""The money that moved, by provider and day: what a statement is held against.

Each entry is written in the transaction that records the movement. Under a day it stands by store
and order, so that it also tells which orders the ledger of a store and a day is made of; where no
entry of a provider would tell it, the order is named there by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeGuard

import msgspec

from chalicelib.domain.orders import Change
from chalicelib.domain.payments import Payment, ProviderEvent, Refund
from chalicelib.domain.statements import Entry, Period
from chalicelib.store import client
from chalicelib.store.client import Put
from chalicelib.store.tables import OperationItem

_ON_SITE = "on_site"
# Stands for a provider where an order is named that no provider's entry names on that day.
NAMED = "named"
_LAST = "~"


def moved(change: Change, event: ProviderEvent) -> tuple[Entry, ...]:
    """The entries for what an event moved; what is handed over on site is on no statement."""
    return () if event.provider == _ON_SITE else tuple(_entries(change, event))


def _entries(change: Change, event: ProviderEvent) -> Iterator[Entry]:
    for document in change.documents:
        if isinstance(document, Payment) and event.kind == "payment.captured":
            yield Entry(
                kind="payment", provider=event.provider, store_id=change.order.store_id,
                order_id=document.order_id, payment_id=document.payment_id,
                reference=document.reference, amount=event.amount or document.taken,
                occurred_at=event.occurred_at,
            )  # fmt: skip
        elif _gave_back(document, event):
            yield Entry(
                kind="refund", provider=event.provider, store_id=change.order.store_id,
                order_id=document.order_id, payment_id=document.payment_id,
                refund_id=document.refund_id, reference=document.reference,
                amount=document.at_provider, occurred_at=event.occurred_at,
            )  # fmt: skip


def marking(entry: Entry) -> Put:
    """The entry with what became known of it."""
    key = _key(entry.provider, day_of(entry.occurred_at))
    return Put(OperationItem(key, _sort(entry), data=entry))


def naming(store_id: str, order_id: str, day: date) -> Put:
    """The order named under a day of the ledger."""
    return Put(OperationItem(_key(NAMED, day), f"{store_id}#{order_id}#"))


def _gave_back(document: object, event: ProviderEvent) -> TypeGuard[Refund]:
    """A share too small for the currency that was taken is on no statement."""
    if not isinstance(document, Refund) or event.kind != "refund.succeeded":
        return False
    return document.at_provider.amount_minor > 0


def entries(provider: str, period: Period) -> Sequence[Entry]:
    """All of the days that the period touches."""
    found: list[Entry] = []
    day = day_of(period.since)
    while day <= day_of(period.until):
        with client.translating():
            items = OperationItem.query(_key(provider, day), consistent_read=True, page_size=1000)
            found += [msgspec.json.decode(item.data, type=Entry) for item in items]
        day += timedelta(days=1)
    return found


def order_ids(
    store_id: str, day: date, providers: Iterable[str], after: str, most: int
) -> tuple[list[str], bool]:
    """The store's orders with money that moved on a day, ascending, beyond the id `after`.

    At most `most` items are read of each provider; where one has more, the ids end with its last
    one and there are more of all of them.
    """
    low = f"{store_id}#{after}#{_LAST}" if after else f"{store_id}#"
    pages = [
        _ids(_key(name, day), low, f"{store_id}#{_LAST}", most) for name in (*providers, NAMED)
    ]
    cut = min((ids[-1] for ids in pages if len(ids) == most), default=_LAST)
    found = {order_id for ids in pages for order_id in ids if order_id <= cut}
    return sorted(found), cut != _LAST


def _ids(key: str, low: str, high: str, most: int) -> list[str]:
    with client.translating():
        page = OperationItem.query(
            key, OperationItem.SK.between(low, high),
            consistent_read=True, limit=most, page_size=most,
        )  # fmt: skip
        return [item.SK.split("#")[1] for item in page]


def day_of(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _key(provider: str, day: date) -> str:
    return f"day_book#{provider}#{day.isoformat()}"


def _sort(entry: Entry) -> str:
    return f"{entry.store_id}#{entry.order_id}#{entry.kind}#{entry.refund_id or entry.payment_id}"
