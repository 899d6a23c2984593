"""WeChat Pay's end of the envelopes: requests checked, answers signed, notifications sealed."""

import base64
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from infra.local.counterparts import base_keys
from infra.local.counterparts.base import Refused, Request
from infra.local.counterparts.base_ledger import Document

SCHEME = "WECHATPAY2-SHA256-RSA2048"
_PARTS = re.compile(r'(\w+)="([^"]*)"')
_TOLERANCE_SECONDS = 300


def new_keys() -> Document:
    """The merchant's, and the platform's with its name."""
    return {
        "mchid": "1" + "".join(secrets.choice("0123456789") for _ in range(9)),
        "appid": f"wx{secrets.token_hex(8)}",
        "app_secret": secrets.token_hex(16),
        "api_v3_key": secrets.token_hex(16),
        "merchant_private_key": base_keys.private_pem(base_keys.new_key()),
        "merchant_serial": secrets.token_hex(20).upper(),
        "platform_private_key": base_keys.private_pem(base_keys.new_key()),
        "platform_serial": f"PUB_KEY_ID_0{secrets.randbelow(10**20):020}",
    }


class Envelope:
    """What the platform knows of one merchant, and how both sides' messages are wrapped."""

    def __init__(self, keys: Document) -> None:
        self._keys = keys
        self._platform = _key(keys["platform_private_key"])
        self._merchant: RSAPublicKey = _key(keys["merchant_private_key"]).public_key()

    def require_merchant(self, request: Request) -> None:
        """Raises `Refused` unless the merchant signed this very request a moment ago."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        parts = dict(_PARTS.findall(rest))
        expected = {"mchid": self._keys["mchid"], "serial_no": self._keys["merchant_serial"]}
        stamp, nonce = parts.get("timestamp", ""), parts.get("nonce_str", "")
        is_now = stamp.isdigit() and abs(time.time() - int(stamp)) < _TOLERANCE_SECONDS
        is_theirs = all(hmac.compare_digest(parts.get(k, ""), v) for k, v in expected.items())
        if scheme != SCHEME or not is_now or not is_theirs or not 16 <= len(nonce) <= 32:
            raise Refused(401, "SIGN_ERROR")
        query = request.target.partition("?")[2]
        target = f"{request.path}?{query}" if query else request.path
        signed = f"{request.method}\n{target}\n{stamp}\n{nonce}\n".encode() + request.body + b"\n"
        if not _fits(self._merchant, signed, parts.get("signature", "")):
            raise Refused(401, "SIGN_ERROR")

    def headers(self, body: bytes, *, probe: bool = False) -> Mapping[str, str]:
        """Under which an answer or a notification goes out; a probe is to be refused."""
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signed = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        raw = self._platform.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        signature = base64.b64encode(raw).decode()
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self._keys["platform_serial"],
            "Wechatpay-Signature": f"WECHATPAY/SIGNTEST/{signature[19:]}" if probe else signature,
            "Wechatpay-Signature-Type": SCHEME,
        }

    def sealed(self, kind: str, content: Document) -> Document:
        """The `resource` of a notification."""
        nonce, text = secrets.token_hex(6), json.dumps(content, ensure_ascii=False)
        key = AESGCM(self._keys["api_v3_key"].encode())
        ciphertext = key.encrypt(nonce.encode(), text.encode(), kind.encode())
        return {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(ciphertext).decode(),
            "associated_data": kind,
            "nonce": nonce,
        }

    def platform_key(self) -> str:
        return base_keys.public_pem(self._platform)


def _key(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def _fits(key: RSAPublicKey, content: bytes, signature: str) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, content, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
