"""How many orders a customer may place in a minute and leave unpaid: the limits, their words."""

from datetime import datetime

import msgspec

from chalicelib.domain.errors import TooMany

WINDOW_SECONDS = 60


class Limits(msgspec.Struct, frozen=True):
    posts_per_minute: int
    unpaid_orders: int


class Usage(msgspec.Struct, frozen=True):
    """Orders placed within the window numbered `window`, and those that still wait for payment."""

    window: int = 0
    posts: int = 0
    unpaid: int = 0

    def posts_in(self, window: int) -> int:
        return self.posts if self.window == window else 0


def window_of(now: datetime) -> int:
    return int(now.timestamp()) // WINDOW_SECONDS


def seconds_left(now: datetime) -> int:
    """Until the next window begins; never 0."""
    return WINDOW_SECONDS - int(now.timestamp()) % WINDOW_SECONDS


def require_room(usage: Usage, limits: Limits, now: datetime) -> None:
    """Raises `TooMany`, which says what was reached and when to try again."""
    if usage.posts_in(window_of(now)) >= limits.posts_per_minute:
        raise TooMany(
            f"At most {limits.posts_per_minute} orders a minute.",
            code="order_rate_exceeded",
            limit=limits.posts_per_minute,
            retry_after_seconds=seconds_left(now),
        )
    if usage.unpaid >= limits.unpaid_orders:
        raise TooMany(
            f"Pay or cancel one of your {usage.unpaid} unpaid orders first.",
            code="too_many_unpaid_orders",
            limit=limits.unpaid_orders,
            retry_after_seconds=WINDOW_SECONDS,
        )


def rate_headers(limit: int, remaining: int, seconds: int) -> dict[str, str]:
    """The fields of draft-ietf-httpapi-ratelimit-headers-10."""
    return {
        "RateLimit-Policy": f'"orders";q={limit};w={WINDOW_SECONDS}',
        "RateLimit": f'"orders";r={max(0, remaining)};t={seconds}',
    }
