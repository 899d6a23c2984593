"""What was sent to whom: read off the receipts that deliveries leave, and off the records of mails.

Nothing is written for this list alone, so it goes from order to order, the newest first: the
receipts lie with their order. Calls of staff are in one list by time.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain import messages as domain
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.identity import Caller
from chalicelib.domain.messages import SentMessage, Wanted
from chalicelib.domain.orders import Order
from chalicelib.services import orders
from chalicelib.store import messages as records
from chalicelib.store import order_lists, receipts
from chalicelib.store import orders as order_table

# A filter that fits little must not read everything there ever was in one request.
ORDERS_MAX = 50
RECORDS_MAX = 1000
_ANY_TIME = "~"


class Position(msgspec.Struct, frozen=True):
    """Where a page goes on: a place in time, and how much of what is there was shown."""

    place: str
    shown: int = 0


class Page(msgspec.Struct, frozen=True):
    messages: tuple[SentMessage, ...]
    position: Position | None


def list_messages(
    caller: Caller, wanted: Wanted, since: datetime, now: datetime, limit: int, start: Position
) -> Page:
    """A page of what the caller's stores sent since then."""
    if wanted.audience == "staff" and wanted.order_id is None:
        return _calls(caller, wanted, since, now, limit, start)
    if wanted.order_id is not None:
        order = orders.load_for_staff(caller, wanted.order_id).order
        places = [f"{rfc3339(order.placed_at)}#{order.order_id}"]
    else:
        places = _places(caller, wanted, since, start)
    return _of_places(places, caller, wanted, now, limit, start)


def _places(caller: Caller, wanted: Wanted, since: datetime, start: Position) -> list[str]:
    low, upto = rfc3339(since), start.place or _ANY_TIME
    if wanted.recipient and not set("@+…") & set(wanted.recipient):
        theirs = order_lists.newest_places_of_customer(wanted.recipient, low, upto, ORDERS_MAX)
        if theirs:
            return theirs
    places = [
        place
        for store_id in orders.stores_of(caller)
        for place in order_lists.newest_places(store_id, low, upto, ORDERS_MAX)
    ]
    return sorted(places, reverse=True)[:ORDERS_MAX]


def _of_places(
    places: list[str], caller: Caller, wanted: Wanted, now: datetime, limit: int, start: Position
) -> Page:
    """Order by order until the page is full; the next one takes up where this one left."""
    found: list[SentMessage] = []
    known = order_table.load_orders(place.partition("#")[2] for place in places)
    records_of = _records_of(known, now)
    for order in known:
        if not caller.works_at(order.store_id):
            continue
        place = f"{rfc3339(order.placed_at)}#{order.order_id}"
        sent = domain.of_order(order, receipts.list_receipts(order.order_id))
        whole = _once_each(sent, records_of.get(order.order_id, []))
        theirs = [message for message in whole if wanted.lets(message, order)]
        skipped = start.shown if place == start.place else 0
        room = limit - len(found)
        found += theirs[skipped : skipped + room]
        if len(theirs) - skipped > room:
            return Page(tuple(found), Position(place, skipped + room))
    full = len(places) == ORDERS_MAX
    return Page(tuple(found), Position(_before(places[-1])) if full else None)


def _once_each(sent: list[SentMessage], told: list[SentMessage]) -> list[SentMessage]:
    """What was sent once more is on record; the receipt may say the same of the same moment."""
    known = {(one.event_version, one.channel, one.at) for one in told}
    fresh = [one for one in sent if (one.event_version, one.channel, one.at) not in known]
    return _newest_first([*fresh, *told])


def _before(place: str) -> str:
    """Just below: the place itself was looked at."""
    return place[:-1] + chr(ord(place[-1]) - 1) + _ANY_TIME


def _records_of(known: Iterable[Order], now: datetime) -> dict[str, list[SentMessage]]:
    """The mails and calls beside the receipts, by order."""
    placed = {order.order_id: order.placed_at for order in known}
    found: dict[str, list[SentMessage]] = {}
    if placed:
        for _, message in _recorded(min(placed.values()), now, ""):
            if message.order_id in placed:
                found.setdefault(message.order_id, []).append(message)
    return found


def _recorded(since: datetime, now: datetime, upto: str) -> Iterator[tuple[str, SentMessage]]:
    before = upto or rfc3339(now + timedelta(days=1))
    for count, row in enumerate(records.messages_between(since, before)):
        if count == RECORDS_MAX:
            return
        yield row


def _calls(
    caller: Caller, wanted: Wanted, since: datetime, now: datetime, limit: int, start: Position
) -> Page:
    found: list[SentMessage] = []
    place, looked_at = "", 0
    for position, message in _recorded(since, now, start.place):
        if len(found) == limit:
            return Page(tuple(found), Position(place))
        place, looked_at = position, looked_at + 1
        seen = not message.store_id or caller.works_at(message.store_id)
        if seen and wanted.lets(message):
            found.append(message)
    return Page(tuple(found), Position(place) if looked_at == RECORDS_MAX else None)


def _newest_first(found: list[SentMessage]) -> list[SentMessage]:
    return sorted(found, key=lambda one: (one.at, one.event_version or 0), reverse=True)
