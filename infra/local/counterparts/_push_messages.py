"""What a push service checks and a browser reads: the sender's token, the encrypted message."""

import binascii
import json
import re
from base64 import urlsafe_b64decode

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from chalicelib.channels._push_encryption import (
    CURVE,
    HEADER_BYTES,
    KEY_BYTES,
    LAST_RECORD,
    SALT_BYTES,
    cipher_of,
    encoded,
)
from infra.local.counterparts.base import Refused

_DAY_SECONDS = 86_400
_VAPID = re.compile(r"vapid t=([\w.-]+), ?k=([\w-]+)")


def decrypt(body: bytes, browser: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What the browser that holds the key reads (RFC 8291)."""
    salt, sender_key = body[:SALT_BYTES], body[HEADER_BYTES - KEY_BYTES : HEADER_BYTES]
    if body[HEADER_BYTES - KEY_BYTES - 1 : HEADER_BYTES - KEY_BYTES] != bytes([KEY_BYTES]):
        raise Refused(400, "no_header_of_one_record")
    try:
        sender = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender_key)
        shared = browser.exchange(ec.ECDH(), sender)
        both_keys = encoded(browser.public_key()) + sender_key
        cipher, nonce = cipher_of(shared, auth, both_keys, salt)
        padded = cipher.decrypt(nonce, body[HEADER_BYTES:], None).rstrip(b"\0")
    except (InvalidTag, ValueError) as error:
        raise Refused(400, "not_for_this_browser") from error
    if not padded.endswith(LAST_RECORD):
        raise Refused(400, "not_the_last_record")
    return padded.removesuffix(LAST_RECORD)


def verified_key(authorization: str, origin: str, now: float) -> str:
    """The sender's key, once its token is proven to be for this service and fresh (RFC 8292)."""
    found = _VAPID.fullmatch(authorization)
    if not found:
        raise Refused(401, "no_vapid_token")
    token, key = found.groups()
    signed, _, signature = token.rpartition(".")
    try:
        _verify(signed, unpacked(signature), unpacked(key))
        header, claims = (json.loads(unpacked(part)) for part in signed.split("."))
    except (ValueError, binascii.Error, InvalidSignature) as error:
        raise Refused(403, "wrong_vapid_token") from error
    if header != {"typ": "JWT", "alg": "ES256"} or claims.get("aud") != origin:
        raise Refused(403, "vapid_token_for_another")
    if not now < claims.get("exp", 0) <= now + _DAY_SECONDS:
        raise Refused(403, "vapid_token_out_of_date")
    if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
        raise Refused(403, "vapid_token_of_nobody")
    return key


def unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _verify(signed: str, signature: bytes, key: bytes) -> None:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, key)
    public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
