"""How many webhooks were refused, by provider and five minutes: all that is kept of a forgery."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from chalicelib.domain.clock import epoch_ms, from_epoch_ms
from chalicelib.store import client
from chalicelib.store.tables import OperationItem

BUCKET = timedelta(minutes=5)
_KIND = "refused_webhooks"
_KEPT = timedelta(days=1)


def add(provider: str, now: datetime) -> None:
    start = epoch_ms(now) // epoch_length() * epoch_length()
    item = OperationItem(_KIND, f"{start:015d}#{provider}")
    ends = int((now + _KEPT).timestamp())
    with client.translating():
        item.update(actions=[OperationItem.version.add(1), OperationItem.ttl.set(ends)])


def counts_since(moment: datetime) -> Mapping[str, tuple[int, datetime]]:
    """By provider: how many in the buckets from then on, and when the first of these began."""
    found: dict[str, tuple[int, datetime]] = {}
    start = epoch_ms(moment) // epoch_length() * epoch_length()
    with client.translating():
        items = OperationItem.query(_KIND, f"{start:015d}" <= OperationItem.SK)
        for item in items:
            began, _, provider = item.SK.partition("#")
            many, first = found.get(provider, (0, from_epoch_ms(int(began))))
            found[provider] = (many + int(item.version or 0), first)
    return found


def epoch_length() -> int:
    return int(BUCKET.total_seconds() * 1000)
