"""Instants as the API writes them and as the tables sort them."""

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """Milliseconds and `Z`, so that text order is time order (RFC 3339)."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def from_epoch_ms(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def truncated(at: datetime) -> datetime:
    """To the millisecond, the precision that is stored."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
