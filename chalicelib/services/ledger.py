"""The ledger of a store and a time, read off its orders' events."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain import ledger
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.identity import Caller
from chalicelib.domain.ledger import Entry
from chalicelib.store import order_events, order_lists

# Money moves for an order at most this long after it was placed: refunds, disputes, fees.
MOVES_WITHIN = timedelta(days=400)
EXPORTED_ORDERS_MAX = 2000
_ORDERS_AT_ONCE = 50
_HALVES = ("done#", "open#")


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """What to tell of: entries of the store from `since` to just before `until`."""

    store_id: str
    since: datetime
    until: datetime


class Page(msgspec.Struct, frozen=True):
    """`next_key` is where the store's orders go on."""

    entries: list[Entry]
    next_key: Any


def list_entries(caller: Caller, period: Period, limit: int, after: Any) -> Page:
    """By orders, those that ended first; an order's entries stay together."""
    _require(caller, period)
    entries: list[Entry] = []
    last = after
    for key, found in _by_order(period, after):
        if entries and len(entries) + len(found) > limit:
            return Page(entries, last)
        entries += found
        last = key
    return Page(entries, None)


def export(caller: Caller, period: Period) -> str:
    """All entries as CSV. Raises `InvalidInput` when there are too many for one file."""
    _require(caller, period)
    entries: list[Entry] = []
    for count, (_, found) in enumerate(_by_order(period, None)):
        if count >= EXPORTED_ORDERS_MAX:
            raise InvalidInput(
                f"More than {EXPORTED_ORDERS_MAX} orders; ask for a shorter time.",
                code="period_too_long",
            )
        entries += found
    return ledger.written(sorted(entries, key=lambda entry: (entry.at, entry.entry_id)))


def _require(caller: Caller, period: Period) -> None:
    caller.require_store(period.store_id)
    if period.until <= period.since:
        raise InvalidInput("The time must end after it begins.", code="period_empty")


def _by_order(period: Period, after: Any) -> Iterator[tuple[Any, list[Entry]]]:
    """Each order that may have entries in the period with those that it has."""
    low = rfc3339(period.since - MOVES_WITHIN)
    while True:
        page = order_lists.store_keys(period.store_id, _HALVES, low, after, _ORDERS_AT_ONCE)
        for key in page.keys:
            if _placed(key) < rfc3339(period.until):
                entries = ledger.entries_of(order_events.list_events(key["PK"]["S"]))
                yield key, [one for one in entries if period.since <= one.at < period.until]
        if not page.more:
            return
        after = page.last


def _placed(key: Any) -> str:
    """When the order of a board key was placed."""
    return str(key["board_key"]["S"]).partition("#")[2]
