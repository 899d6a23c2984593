"""Guests: a token that stands for one order, and taking that order into an account."""

import base64
import hashlib
import hmac

from chalicelib.services import secrets
from chalicelib.services.secrets import Keyring

_PURPOSE = "guest-token"
_MAX_LENGTH = 200


def guest_token(order_id: str, keyring: Keyring | None = None) -> str:
    """`<key version>.<order id>.<signature>`: derived, so it is never stored anywhere."""
    version, key = (keyring or secrets.keyring()).current(_PURPOSE)
    return f"{version}.{order_id}.{_signature(key, order_id)}"


def order_of(token: str, keyring: Keyring | None = None) -> str | None:
    """The one order this token is good for, or None when it is not ours."""
    parts = token.split(".")
    if len(token) > _MAX_LENGTH or not token.isascii() or len(parts) != 3:
        return None
    version, order_id, signature = parts
    key = (keyring or secrets.keyring()).find(_PURPOSE, version)
    if key is None or not hmac.compare_digest(_signature(key, order_id), signature):
        return None
    return order_id


def _signature(key: bytes, order_id: str) -> str:
    digest = hmac.new(key, order_id.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
