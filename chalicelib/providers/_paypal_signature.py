"""Whether PayPal signed a webhook: RSA over `<transmission id>|<time>|<webhook id>|<crc32>`.

PayPal sends again for three days, perhaps under the first signature, so it may be that old;
repeats are found by their id.
"""

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.providers.base import InvalidSignature, RawWebhook, Secrets
from chalicelib.providers.base_rsa import UnusableKey, public_key, verified

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_ALGORITHM = "SHA256withRSA"
_AGE_MAX = timedelta(days=4)
_CLOCKS_DIFFER = timedelta(minutes=5)


def require_signed(secrets: Secrets, webhook: RawWebhook, now: datetime) -> None:
    """Raises `InvalidSignature`, or `Unavailable` when PayPal's certificate cannot be had now."""
    headers = webhook.headers
    if headers.get("paypal-auth-algo") != _ALGORITHM:
        raise InvalidSignature(f"Only {_ALGORITHM} is accepted.")
    _require_fresh(headers.get("paypal-transmission-time", ""), now)
    signature = headers.get("paypal-transmission-sig", "")
    expected = [_signed(headers, webhook_id, webhook.body) for webhook_id in _ids(secrets)]
    if not (expected and signature):
        raise InvalidSignature("There is nothing to check.")
    key = _key(secrets, headers.get("paypal-cert-url", ""), now)
    if not any(verified(key, content, signature) for content in expected):
        raise InvalidSignature("No signature matches.")


def _require_fresh(sent: str, now: datetime) -> None:
    try:
        age = now - datetime.fromisoformat(sent)
    except (ValueError, TypeError):  # no time, or one without a zone
        raise InvalidSignature("The signature carries no time.") from None
    if not -_CLOCKS_DIFFER <= age <= _AGE_MAX:
        raise InvalidSignature("The signature's time is too far from now.")


def _ids(secrets: Secrets) -> Iterable[str]:
    known = secrets.get("webhook_id") or ()
    return (known,) if isinstance(known, str) else tuple(known)


def _signed(headers: Mapping[str, str], webhook_id: str, body: bytes) -> bytes:
    sent = headers.get("paypal-transmission-id", ""), headers.get("paypal-transmission-time", "")
    return "|".join((*sent, webhook_id, str(zlib.crc32(body)))).encode()


def _key(secrets: Secrets, url: str, now: datetime) -> "RSAPublicKey":
    pinned = secrets.get("cert_pem")
    if not pinned:
        from chalicelib.providers._paypal_certificates import key_at  # few need x509 chains

        return key_at(url, now)
    try:
        return public_key(pinned)
    except UnusableKey as error:
        raise InvalidSignature("The configured cert_pem is no certificate.") from error
