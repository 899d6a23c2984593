"""The Standard Webhooks signature of what other systems post to us: made from the raw bytes."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.domain.errors import Unauthenticated

TOLERANCE = timedelta(seconds=300)
PREFIX = "whsec_"


def verify(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime
) -> datetime:
    """When the message was sent. Raises `Unauthenticated` unless one of the secrets signed it.

    Header names come in lower case. Several secrets are valid while one replaces another.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    sent_at = _moment(timestamp)
    if not message_id or sent_at is None or abs(now - sent_at) > TOLERANCE:
        raise _refused("The message has no id, or its time is not now.")
    content = f"{message_id}.{timestamp}.".encode() + body
    given = [
        signature.removeprefix("v1,")
        for signature in headers.get("webhook-signature", "").split()
        if signature.startswith("v1,")
    ]
    expected = [signature_of(secret, content) for secret in secrets]
    if not any(hmac.compare_digest(a.encode(), b.encode()) for a in given for b in expected):
        raise _refused("The signature is not ours.")
    return sent_at


def signature_of(secret: str, content: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = secret.encode()
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def _moment(timestamp: str) -> datetime | None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        return None
    return datetime.fromtimestamp(int(timestamp), UTC)


def _refused(detail: str) -> Unauthenticated:
    return Unauthenticated(detail, code="invalid_signature")
