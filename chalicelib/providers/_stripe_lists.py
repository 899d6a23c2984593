"""What Stripe lists: events, whether or not their webhooks arrived. Private to `stripe.py`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from chalicelib.providers._stripe import EVENT_TYPES, Event, event_told
from chalicelib.providers.base import EventPage, ToldEvent

_PAGE = 100
_PAGES_MAX = 10
_FIRST_LOOK = timedelta(hours=1)
# Stripe may list an event a little later than one that it made after it.
_SETTLED_AFTER = timedelta(seconds=60)


class Listed(msgspec.Struct):
    data: list[msgspec.Raw]
    has_more: bool = False


Load = Callable[[str], Listed]


def page_of_events(load: Load, cursor: str | None, now: datetime) -> EventPage:
    if cursor is None:
        raws, more = _since(load, now - _FIRST_LOOK), False
    else:
        listed = load(_query(("ending_before", cursor)))
        raws, more = listed.data, listed.has_more
    told = [(msgspec.json.decode(raw, type=Event), bytes(raw)) for raw in reversed(raws)]
    settled = (now - _SETTLED_AFTER).timestamp()
    ids = [event.id for event, _ in told if more or event.created <= settled]
    return EventPage(
        told=tuple(ToldEvent(event_told(event), raw) for event, raw in told),
        cursor=ids[-1] if ids else cursor,
        more=more,
    )


def _since(load: Load, start: datetime) -> list[msgspec.Raw]:
    """All from then on, the newest first."""
    since = ("created[gte]", str(int(start.timestamp())))
    raws: list[msgspec.Raw] = []
    after: tuple[tuple[str, str], ...] = ()
    for _ in range(_PAGES_MAX):
        listed = load(_query(since, *after))
        raws += listed.data
        if not listed.has_more:
            break
        after = (("starting_after", msgspec.json.decode(raws[-1], type=Event).id),)
    return raws


def _query(*pairs: tuple[str, str]) -> str:
    types = [("types[]", name) for name in EVENT_TYPES]
    return urlencode([("limit", str(_PAGE)), *types, *pairs])
