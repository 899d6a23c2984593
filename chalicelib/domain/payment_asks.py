"""When a provider is asked about an open payment: soon, and then ever more seldom."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.domain.payments import OPEN, Payment

FIRST = timedelta(seconds=30)
_LATER = (timedelta(minutes=2), timedelta(minutes=10))
_THEN_EVERY = timedelta(hours=1)
_ON_SITE = "on_site"


def moments(payment: Payment) -> Iterator[datetime]:
    """30 s, 2 min and 10 min after its start and then each hour, as long as it can be paid."""
    if payment.status not in OPEN or payment.provider == _ON_SITE:
        return
    for after in (FIRST, *_LATER):
        if payment.created_at + after < payment.expires_at:
            yield payment.created_at + after
    moment = payment.created_at + _THEN_EVERY
    while moment < payment.expires_at:
        yield moment
        moment += _THEN_EVERY


def due(payment: Payment, now: datetime) -> bool:
    """Whether one of its moments has come since it was last asked about."""
    since = payment.asked_at or payment.created_at
    return any(since < moment <= now for moment in moments(payment))


def next_after(payment: Payment, now: datetime) -> datetime | None:
    return next((moment for moment in moments(payment) if moment > now), None)
