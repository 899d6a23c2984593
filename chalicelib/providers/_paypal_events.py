"""What PayPal lists of its events, whether or not their webhooks arrived. Private to `paypal.py`.

The newest come first and only times filter them, so the cursor is a time: a page is a span of it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

import msgspec

from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.payments import ProviderEvent
from chalicelib.providers._paypal import NAME, facts_of
from chalicelib.providers._paypal_objects import Event, Link
from chalicelib.providers.base import EventPage, ToldEvent

_PAGE = 100
_PAGES_MAX = 20
_FIRST_LOOK = timedelta(hours=1)
_SPAN = timedelta(hours=6)
_SPAN_MIN = timedelta(seconds=1)
# PayPal may list an event a little later than one that it made after it.
_SETTLED_AFTER = timedelta(minutes=5)


class Listed(msgspec.Struct):
    events: list[msgspec.Raw] = []
    links: list[Link] = []


Load = Callable[[str], Listed]


def page_of_events(load: Load, cursor: str | None, now: datetime) -> EventPage:
    now = now.replace(microsecond=0)
    since = datetime.fromisoformat(cursor) if cursor else now - _FIRST_LOOK
    until = min(now, since + _SPAN)
    while (raws := _between(load, since, until)) is None:
        until = since + (until - since) / 2
        if until - since < _SPAN_MIN:
            raise Unavailable("PayPal has more events of one second than can be read.")
    told = [(msgspec.json.decode(raw, type=Event), bytes(raw)) for raw in reversed(raws)]
    told.sort(key=lambda one: one[0].create_time)
    return EventPage(
        told=tuple(ToldEvent(event_told(event), raw) for event, raw in told),
        cursor=rfc3339(max(since, min(until, now - _SETTLED_AFTER))),
        more=until < now,
    )


def _between(load: Load, since: datetime, until: datetime) -> list[msgspec.Raw] | None:
    """All of a span, or None when that is too much. Of a link only the question is taken."""
    times = {"start_time": rfc3339(since), "end_time": rfc3339(until)}
    query: str | None = urlencode({"page_size": _PAGE, **times})
    raws: list[msgspec.Raw] = []
    for _ in range(_PAGES_MAX):
        listed = load(query or "")
        raws += listed.events
        query = next((urlsplit(one.href).query for one in listed.links if one.rel == "next"), None)
        if not query or not listed.events:
            return raws
    return None


def event_told(event: Event) -> ProviderEvent:
    """An event in Docket's words; one that is not of a shape we know is kept, and no more."""
    told = ProviderEvent(
        provider=NAME,
        event_id=event.id,
        kind=None,
        raw_type=event.event_type,
        occurred_at=event.create_time,
    )
    try:
        return msgspec.structs.replace(told, **facts_of(event))
    except msgspec.MsgspecError:
        return told
