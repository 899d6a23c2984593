"""RSA keys as companies hand them out, and the signatures (PKCS #1 v1.5, SHA-256) made with them.

`cryptography` is imported at the first use: processes that check no signature do not pay for it.
"""

import base64
import binascii
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chalicelib.domain.errors import Unavailable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

_KEYS_KEPT = 64


class UnusableKey(Unavailable):
    """What is configured as a key is none: ours to mend, and says nothing about a payment."""


@lru_cache(maxsize=_KEYS_KEPT)
def public_key(text: str) -> "RSAPublicKey":
    """From a PEM public key or certificate, or the bare base64 DER of either."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    der = _der(text)
    try:
        key: Any = serialization.load_der_public_key(der)
    except ValueError:
        try:
            key = x509.load_der_x509_certificate(der).public_key()
        except ValueError:
            raise UnusableKey("This is neither a public key nor a certificate.") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise UnusableKey("This public key is not of RSA.")
    return key


@lru_cache(maxsize=_KEYS_KEPT)
def private_key(text: str) -> "RSAPrivateKey":
    """From PKCS #1 or PKCS #8, as PEM or as bare base64 DER, without a passphrase."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    try:
        key = serialization.load_der_private_key(_der(text), password=None)
    except (ValueError, TypeError):
        raise UnusableKey("This is no private key.") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UnusableKey("This private key is not of RSA.")
    return key


def sign(key: "RSAPrivateKey", content: bytes) -> str:
    """The signature in base64."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return base64.b64encode(key.sign(content, padding.PKCS1v15(), hashes.SHA256())).decode()


def verified(key: "RSAPublicKey", content: bytes, signature: str) -> bool:
    """Whether this is the holder's signature of exactly that; whatever is no base64 is not."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    try:
        raw = base64.b64decode(signature, validate=True)
        if base64.b64encode(raw).decode() != signature:  # spare bits that another text decodes to
            return False
        key.verify(raw, content, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):  # binascii.Error is a ValueError
        return False
    return True


def _der(text: str) -> bytes:
    """The bytes inside PEM armor or inside bare base64, whatever the line breaks.

    The armor's name says nothing that the bytes do not, so it is only taken off.
    """
    lines = [line for line in text.strip().splitlines() if not line.startswith("-----")]
    try:
        return base64.b64decode("".join("".join(lines).split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnusableKey("This key is neither PEM nor base64.") from None
