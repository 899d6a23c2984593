"""Opaque, tamper-proof cursors: a signed position in one list of one caller."""

import base64
import binascii
import hashlib
import hmac
from typing import Any

import msgspec

from chalicelib.domain.errors import FieldError, Malformed
from chalicelib.services import secrets

_PURPOSE = "cursor"
_SIGNATURE_BYTES = 12


def encode(position: Any, scope: str) -> str:
    """`scope` names the list and whose it is; a cursor is good for no other."""
    payload = msgspec.json.encode(position)
    signed = _signature(secrets.app_key(_PURPOSE), payload, scope) + payload
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def decode(cursor: str, scope: str) -> Any:
    """Raises `Malformed` for anything that `encode` did not make for this scope."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refused() from error
    signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    for key in secrets.keys(_PURPOSE).values():
        if hmac.compare_digest(_signature(key, payload, scope), signature):
            return msgspec.json.decode(payload)
    raise _refused()


def _signature(key: bytes, payload: bytes, scope: str) -> bytes:
    digest = hmac.new(key, scope.encode() + b"\0" + payload, hashlib.sha256).digest()
    return digest[:_SIGNATURE_BYTES]


def _refused() -> Malformed:
    return Malformed(
        "The cursor is not one of this list.",
        errors=[FieldError("/cursor", "Use next_cursor of the page before.")],
    )
