"""What providers say that they told us, read again: an event whose webhook was lost is applied.

A pass that is cut short begins again where the last whole page ended; an event is applied once,
whoever brings it.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.observability import count, logger
from chalicelib.providers.base import EventPage, EventSource, ProviderRefused, ToldEvent
from chalicelib.services import payments, webhooks
from chalicelib.store import event_cursors, webhook_inbox
from chalicelib.store.event_cursors import EventCursor


class Pass(msgspec.Struct, kw_only=True):
    """What came of one provider's list. `offered` is False where there is no such list.

    `complete` tells that nothing newer is left to read.
    """

    provider: str
    offered: bool = True
    listed: int = 0
    applied: int = 0
    orphans: int = 0
    failed: int = 0
    complete: bool = True


def pass_over(name: str, clock: Callable[[], datetime], deadline: datetime) -> Pass:
    """Read a provider's events from the cursor on. What cannot be read now is read next time."""
    provider = payments.provider_named(name)
    done = Pass(provider=name)
    if not isinstance(provider, EventSource):
        done.offered = False
        return done
    try:
        _read(provider, done, clock, deadline)
    except Unavailable as error:
        done.complete = False
        logger.warning("events not read", extra={"provider": name, "why": error.detail})
    count("ReconciledEvents", done.applied)
    return done


def _read(
    source: EventSource, done: Pass, clock: Callable[[], datetime], deadline: datetime
) -> None:
    known = event_cursors.find(done.provider)
    cursor = known.cursor if known else None
    more = True
    while more:
        if clock() >= deadline:
            done.complete = False
            return
        now = clock()
        page = _page(source, done.provider, cursor, now)
        _take(page.told, done, now)
        event_cursors.save(EventCursor(provider=done.provider, cursor=page.cursor, read_at=now))
        more = page.more and page.cursor != cursor
        cursor = page.cursor


def _page(source: EventSource, name: str, cursor: str | None, now: datetime) -> EventPage:
    secrets = payments.required_secrets(name)
    try:
        return source.list_events(secrets, cursor, now)
    except ProviderRefused:
        if cursor is None:
            return EventPage(told=(), cursor=None)
        logger.warning("cursor not known any more", extra={"provider": name})
        return source.list_events(secrets, None, now)


def _take(told: tuple[ToldEvent, ...], done: Pass, now: datetime) -> None:
    done.listed += len(told)
    known = webhook_inbox.known_ids(done.provider, {one.event.event_id for one in told})
    for one in told:
        if one.event.event_id in known:
            continue
        try:
            verdict = webhooks.take(one.event, one.raw, now)
        except Unavailable:
            raise
        except Exception:  # one event that makes no sense must not stand before all others
            done.failed += 1
            logger.exception("event cannot be applied", extra={"event_id": one.event.event_id})
            continue
        done.applied += verdict == "applied"
        done.orphans += verdict == "orphan"
