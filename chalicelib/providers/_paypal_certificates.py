"""The certificates that PayPal signs webhooks with: fetched from PayPal alone, chain checked."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalicelib.domain.errors import Unavailable
from chalicelib.providers.base import InvalidSignature, ProviderRefused
from chalicelib.providers.base_http import exchange, require_success

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

_DOMAIN = ".paypal.com"
_KEPT_MAX = 16
_KEY_BITS_MIN = 2048
_fetched: dict[str, bytes] = {}


def key_at(url: str, now: datetime) -> "RSAPublicKey":
    """The key of the certificate at an address that a webhook named."""
    require_paypal(url)
    if url not in _fetched:
        chain = _fetch(url)
        trusted_key(chain, system_roots(), now)
        if len(_fetched) >= _KEPT_MAX:
            _fetched.clear()
        _fetched[url] = chain
    return trusted_key(_fetched[url], system_roots(), now)


def require_paypal(url: str) -> None:
    """Anybody can write a webhook's headers: nothing but PayPal's own hosts is ever asked."""
    try:
        parts = urlsplit(url)
        is_plain = parts.port in {None, 443} and parts.username is None
    except ValueError:
        raise InvalidSignature("The certificate's address makes no sense.") from None
    if parts.scheme != "https" or not is_plain or not (parts.hostname or "").endswith(_DOMAIN):
        raise InvalidSignature("The certificate is not at PayPal.")


def trusted_key(chain_pem: bytes, roots: Sequence["Certificate"], now: datetime) -> "RSAPublicKey":
    """The first certificate's key, if it is PayPal's own, in force, and issued under a root."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509 import verification

    try:
        leaf, *others = x509.load_pem_x509_certificates(chain_pem)
        name = _paypal_name(leaf)
        policy = verification.PolicyBuilder().store(verification.Store(list(roots))).time(now)
        policy.build_server_verifier(x509.DNSName(name)).verify(leaf, others)
    except (ValueError, x509.ExtensionNotFound, verification.VerificationError) as error:
        raise InvalidSignature("The certificate is not a trusted one of PayPal.") from error
    key = leaf.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _KEY_BITS_MIN:
        raise InvalidSignature("The certificate's key is no strong one of RSA.")
    return key


def _paypal_name(leaf: "Certificate") -> str:
    from cryptography import x509

    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    for name in names.get_values_for_type(x509.DNSName):
        if name.endswith(_DOMAIN) and "*" not in name:
            return name
    raise ValueError("a certificate of somebody else")


def _fetch(url: str) -> bytes:
    answer = exchange("GET", url, {}, None)
    try:
        require_success(answer)
    except ProviderRefused as refused:
        raise Unavailable("PayPal's certificate cannot be fetched.") from refused
    return answer.body


@cache
def system_roots() -> tuple["Certificate", ...]:
    """The certificate authorities that every AWS client here trusts already."""
    import warnings
    from pathlib import Path

    import botocore
    from cryptography import x509

    bundle = Path(botocore.__file__).with_name("cacert.pem").read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one of them has a serial number of another time
        return tuple(x509.load_pem_x509_certificates(bundle))
