"""The ledger of a store and a time: day by day, read off the events of the orders named there."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec

from chalicelib import plugins
from chalicelib.domain import ledger
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.identity import Caller
from chalicelib.domain.ledger import Entry
from chalicelib.store import day_book, order_events

# What one request may look at; a page of JSON goes on after it, a file is refused.
DAYS_AT_ONCE = 31
EXPORTED_DAYS_MAX = 366
EXPORTED_ORDERS_MAX = 2000
_NAMES_AT_ONCE = 100
# No order is older, or of a later time: a calendar without end cannot be walked.
_EPOCH, _END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """What to tell of: entries of the store from `since` to just before `until`."""

    store_id: str
    since: datetime
    until: datetime

    @property
    def first_day(self) -> date:
        return day_book.day_of(self.since)

    @property
    def last_day(self) -> date:
        return day_book.day_of(self.until - timedelta.resolution)


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Behind an order of a day; without one, where that day begins."""

    day: date
    order_id: str = ""


class Page(msgspec.Struct, frozen=True):
    """`next_place` is where the ledger goes on."""

    entries: list[Entry]
    next_place: Place | None


def list_entries(caller: Caller, period: Period, limit: int, after: Place | None) -> Page:
    """Day by day and in it by orders; an order's entries of a day stay together.

    A page may hold fewer entries than there are, or none, and still go on.
    """
    period = _allowed(caller, period)
    entries: list[Entry] = []
    last = start = after or Place(period.first_day)
    end = start.day + timedelta(days=DAYS_AT_ONCE)
    for place in _places(period, start, end):
        found = _entries(period, place)
        if entries and len(entries) + len(found) > limit:
            return Page(entries, last)
        entries += found
        last = place
    return Page(entries, Place(end) if end <= period.last_day else None)


def export(caller: Caller, period: Period) -> str:
    """All entries as CSV. Raises `InvalidInput` when there are too many for one file."""
    period = _allowed(caller, period)
    if period.until - period.since > timedelta(days=EXPORTED_DAYS_MAX):
        raise _too_long(f"More than {EXPORTED_DAYS_MAX} days")
    entries: list[Entry] = []
    places = _places(period, Place(period.first_day), period.last_day + timedelta(days=1))
    for count, place in enumerate(places):
        if count >= EXPORTED_ORDERS_MAX:
            raise _too_long(f"More than {EXPORTED_ORDERS_MAX} orders")
        entries += _entries(period, place)
    return ledger.written(sorted(entries, key=lambda entry: (entry.at, entry.entry_id)))


def _too_long(what: str) -> InvalidInput:
    return InvalidInput(f"{what}; ask for a shorter time.", code="period_too_long")


def _allowed(caller: Caller, period: Period) -> Period:
    """What of the period can have entries."""
    caller.require_store(period.store_id)
    if period.until <= period.since:
        raise InvalidInput("The time must end after it begins.", code="period_empty")
    return msgspec.structs.replace(
        period, since=max(period.since, _EPOCH), until=min(period.until, _END)
    )


def _places(period: Period, start: Place, end: date) -> Iterator[Place]:
    """The orders with money that moved, day by day until before `end`."""
    providers = plugins.names("providers")
    place = start
    while place.day < end and place.day <= period.last_day:
        names, more = day_book.order_ids(
            period.store_id, place.day, providers, place.order_id, _NAMES_AT_ONCE
        )
        for order_id in names:
            yield Place(place.day, order_id)
        place = Place(place.day, names[-1]) if more else Place(place.day + timedelta(days=1))


def _entries(period: Period, place: Place) -> list[Entry]:
    """Of the order, those of that day."""
    return [
        entry
        for entry in ledger.entries_of(order_events.list_events(place.order_id))
        if period.since <= entry.at < period.until and day_book.day_of(entry.at) == place.day
    ]
