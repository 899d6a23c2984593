"""Refused webhooks: counted as they come, looked at by the sweep."""

from datetime import datetime, timedelta

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.exception_cases import Subject
from chalicelib.observability import count, logger
from chalicelib.rules.base import ForgeryEvidence
from chalicelib.store import refused_webhooks

WINDOW = timedelta(minutes=15)


def note(provider: str, why: str, now: datetime) -> None:
    """A forgery must not cost more than its refusal: a count that cannot be kept is let go."""
    count("WebhookSignatureFailures")
    logger.warning("webhook refused", extra={"provider": provider, "why": why})
    try:
        refused_webhooks.add(provider, now)
    except Unavailable:
        logger.warning("refusal not counted", extra={"provider": provider})


def gather(now: datetime) -> list[ForgeryEvidence]:
    return [
        ForgeryEvidence(
            subject=Subject("provider", provider),
            at=now,
            count=many,
            window_minutes=int(WINDOW.total_seconds() // 60),
            first_at=first,
        )
        for provider, (many, first) in refused_webhooks.counts_since(now - WINDOW).items()
    ]
