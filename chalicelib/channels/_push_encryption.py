"""Encrypting a push message for one browser: RFC 8291 over the aes128gcm coding of RFC 8188.

The push service between us and the browser can read nothing but who, when and how long.
"""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
SALT_BYTES = 16
RECORD_BYTES = 4096
KEY_BYTES = 65
HEADER_BYTES = SALT_BYTES + 4 + 1 + KEY_BYTES
_TAG_BYTES = 16
# One record, as push services need not take more (RFC 8030, 7.2).
PLAINTEXT_BYTES_MAX = RECORD_BYTES - HEADER_BYTES - _TAG_BYTES - 1
LAST_RECORD = b"\x02"


def encrypt(
    plaintext: bytes,
    browser_key: bytes,
    auth: bytes,
    *,
    salt: bytes | None = None,
    own: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """The body to post. `salt` and `own` key are fresh for each message unless a test gives them.

    Raises `ValueError` for a key that is no point of the curve, or too much to say.
    """
    if len(plaintext) > PLAINTEXT_BYTES_MAX:
        raise ValueError(f"A push message has at most {PLAINTEXT_BYTES_MAX} bytes.")
    browser = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, browser_key)
    salt = salt or os.urandom(SALT_BYTES)
    own = own or ec.generate_private_key(CURVE)
    own_key = encoded(own.public_key())
    shared = own.exchange(ec.ECDH(), browser)
    cipher, nonce = cipher_of(shared, auth, browser_key + own_key, salt)
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([KEY_BYTES]) + own_key
    return header + cipher.encrypt(nonce, plaintext + LAST_RECORD, None)


def encoded(key: ec.EllipticCurvePublicKey) -> bytes:
    """The point as 65 bytes, uncompressed."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def cipher_of(shared: bytes, auth: bytes, both_keys: bytes, salt: bytes) -> tuple[AESGCM, bytes]:
    """The message's cipher and its nonce, from what both sides know."""
    material = _hkdf(auth, shared, b"WebPush: info\0" + both_keys, 32)
    key = _hkdf(salt, material, b"Content-Encoding: aes128gcm\0", 16)
    return AESGCM(key), _hkdf(salt, material, b"Content-Encoding: nonce\0", 12)


def _hkdf(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 for at most one block of SHA-256."""
    extracted = hmac.new(salt, material, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()[:length]
