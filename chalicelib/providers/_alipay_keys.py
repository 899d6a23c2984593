"""Whose signature is Alipay's: its public key, or its certificate. Private to `alipay.py`.

In certificate mode our certificate and their root are named in each request by "serial numbers"
of Alipay's own making: the MD5 of the issuer's name and the number.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import md5
from typing import TYPE_CHECKING

from chalicelib.providers.base import Secrets
from chalicelib.providers.base_rsa import UnusableKey, public_key, verified

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

_CHAIN_MAX = 4
_RSA_SIGNATURES = "1.2.840.113549.1.1."  # the root file also holds one of China's own SM2


def signed_by_alipay(secrets: Secrets, content: bytes, signature: str, now: datetime) -> bool:
    """Any key counts that is configured: while Alipay's is changed there are two."""
    keys = [public_key(text) for text in _several(secrets.get("alipay_public_key"))]
    for chain in _several(secrets.get("alipay_cert")):
        keys += _certified_keys(chain, secrets.get("alipay_root_cert") or "", now)
    return any(verified(key, content, signature) for key in keys)


def certificate_numbers(secrets: Secrets) -> dict[str, str]:
    """What requests carry in certificate mode; nothing without our certificate."""
    ours = secrets.get("app_cert")
    if not ours:
        return {}
    roots = _certificates(secrets.get("alipay_root_cert") or "")
    return {
        "app_cert_sn": _number(_certificates(ours)[0]),
        "alipay_root_cert_sn": "_".join(_number(root) for root in roots if _is_rsa(root)),
    }


def _several(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) and value else value or ()


@lru_cache(maxsize=8)
def _certificates(pem: str) -> "tuple[Certificate, ...]":
    from cryptography import x509

    try:
        return tuple(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        raise UnusableKey("This is no certificate in PEM.") from None


def _certified_keys(chain: str, roots: str, now: datetime) -> "list[RSAPublicKey]":
    """The key of a certificate that is valid now and comes from one of the roots."""
    from cryptography.hazmat.primitives.serialization import Encoding

    leaf = _certificates(chain)[0]
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        return []
    if not _leads_to_root(chain, roots):
        raise UnusableKey("Alipay's certificate does not come from the root certificate.")
    return [public_key(leaf.public_bytes(Encoding.PEM).decode())]


@lru_cache(maxsize=8)
def _leads_to_root(chain: str, roots: str) -> bool:
    trusted = _certificates(roots)
    certificate, *others = _certificates(chain)
    for _ in range(_CHAIN_MAX):
        if any(_issued(certificate, root) for root in trusted):
            return True
        issuer = next((other for other in others if _issued(certificate, other)), None)
        if issuer is None:
            return False
        certificate = issuer
    return False


def _issued(certificate: "Certificate", issuer: "Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _is_rsa(certificate: "Certificate") -> bool:
    return certificate.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNATURES)


def _number(certificate: "Certificate") -> str:
    parts = [f"{part.rfc4514_attribute_name}={part.value!s}" for part in certificate.issuer]
    name = ",".join(reversed(parts)) + str(certificate.serial_number)
    return md5(name.encode(), usedforsecurity=False).hexdigest()
