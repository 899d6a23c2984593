"""Checking `t=<unix>,v1=<hex>`: an HMAC-SHA256 over `<t>.<raw body>` that is at most 5 minutes off.

Several `v1` and several secrets are tried, so that either side can change its secret.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from chalicelib.providers.base import InvalidSignature

TOLERANCE_SECONDS = 300
_SIGNATURES_MAX = 10

T = TypeVar("T")


def read_signed(
    body: bytes, header: str | None, secrets: Iterable[str], now: datetime, kind: type[T]
) -> T:
    """The JSON of a body that was really signed, as `kind`. Raises `InvalidSignature`."""
    timestamp, signatures = _parts(header or "")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise InvalidSignature("The signature's time is too far from now.")
    signed = timestamp.encode() + b"." + body
    expected = [
        hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in secrets if key
    ]
    matches = [hmac.compare_digest(mac, given) for mac in expected for given in signatures]
    if not any(matches):
        raise InvalidSignature("No signature matches.")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise InvalidSignature("What was signed is not an event.") from error


def _parts(header: str) -> tuple[str, list[str]]:
    pairs = [part.strip().partition("=") for part in header.split(",")[: _SIGNATURES_MAX + 1]]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1" and value.isascii()]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
        raise InvalidSignature("The signature carries no time.")
    return times[0], signatures
