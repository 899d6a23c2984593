"""Telling a push service who sends: a token signed with the stage's own key (RFC 8292, ES256)."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from chalicelib.channels._push_encryption import CURVE, encoded

# RFC 8292 allows a day; half of it leaves room for clocks that differ.
GOOD_FOR = timedelta(hours=12)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@lru_cache(maxsize=4)
def key_of(secret: str) -> ec.EllipticCurvePrivateKey:
    """The stage's key, derived from its random secret: CloudFormation can make no key pairs.

    512 bits of it, so that no key is likelier than another.
    """
    digest = hmac.new(secret.encode(), b"docket:vapid", hashlib.sha512).digest()
    return ec.derive_private_key(int.from_bytes(digest, "big") % (_ORDER - 1) + 1, CURVE)


def public_key_of(secret: str) -> str:
    """What a browser subscribes with: `applicationServerKey`."""
    return base64url(encoded(key_of(secret).public_key()))


def authorization(secret: str, endpoint: str, contact: str, now: datetime) -> str:
    """The header for a message to that endpoint. `contact` is who answers for it: `mailto:…`."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + GOOD_FOR).timestamp()),
        "sub": contact,
    }
    signed = f"{_part({'typ': 'JWT', 'alg': 'ES256'})}.{_part(claims)}"
    r, s = decode_dss_signature(key_of(secret).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    signature = base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={public_key_of(secret)}"


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _part(value: dict[str, object]) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())
