"""How much a person is told at once: what can wait is held above the limit and goes out together.

Customers are counted by their inbox, which is written anyway; guests, who have none, by a counter
under a hash of their address. What is urgent or about money passes unread.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.config import settings
from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.messages import address_key
from chalicelib.domain.notifications import Notification
from chalicelib.observability import count
from chalicelib.store import notifications as inbox
from chalicelib.store import told_counts

WINDOW = timedelta(hours=1)
# The same words to the same person within this time are one message.
SAME_WITHIN = timedelta(minutes=10)
HELD_AT_MOST = timedelta(hours=24)
_LOOKED_AT = 60


class Pace(msgspec.Struct, frozen=True):
    """What to do with a message now; `along` are held ones that go out with it."""

    verdict: Literal["send", "hold", "repeated", "told"] = "send"
    along: tuple[Notification, ...] = ()


def of_customer(customer_id: str, mine: Notification, channel: str, now: datetime) -> Pace:
    """By what the inbox says of the last hour."""
    known = inbox.list_notifications(customer_id, _LOOKED_AT, None)
    states = {one.notification_id: _state(one, channel) for one in known}
    if states.get(mine.notification_id, ("", now))[0] == "sent":
        return Pace("told")
    others = [one for one in known if one.notification_id != mine.notification_id]
    sent = [one for one in others if _was_sent_since(one, channel, now - WINDOW)]
    if any(
        _says_the_same(one, mine) and _was_sent_since(one, channel, now - SAME_WITHIN)
        for one in sent
    ):
        return Pace("repeated")
    if len(sent) >= limit_of(channel):
        return _held()
    return Pace(along=tuple(one for one in others if _waits(one, channel, now)))


def of_guest(address: str, channel: str, now: datetime) -> Pace:
    hour = epoch_ms(now) // int(WINDOW.total_seconds() * 1000)
    told = told_counts.count_one(address_key(address), channel, hour)
    return Pace() if told <= limit_of(channel) else _held()


def limit_of(channel: str) -> int:
    """Messages to one person within an hour."""
    limits = {"sms": settings().texts_per_hour, "push": settings().pushes_per_hour}
    return limits.get(channel, settings().mails_per_hour)


def _held() -> Pace:
    count("NotificationsHeld")
    return Pace("hold")


def _state(one: Notification, channel: str) -> tuple[str, datetime]:
    found = next((each for each in one.channels if each.channel == channel), None)
    return (found.outcome, found.at) if found else ("", one.created_at)


def _was_sent_since(one: Notification, channel: str, since: datetime) -> bool:
    outcome, at = _state(one, channel)
    return outcome == "sent" and at > since


def _waits(one: Notification, channel: str, now: datetime) -> bool:
    outcome, at = _state(one, channel)
    return outcome == "held" and at > now - HELD_AT_MOST


def _says_the_same(one: Notification, other: Notification) -> bool:
    return (one.title, one.body) == (other.title, other.body)
