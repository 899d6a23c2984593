"""What WeChat Pay's messages travel in: signed requests and answers, sealed notifications.

Private to `wechat_pay.py`. Whoever signs puts a time, a nonce and the raw body, each ended by a
line feed, under the signature; requests begin with the method and the address.
"""

import base64
import binascii
import secrets as randomness
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.partner_http import HttpAnswer
from chalicelib.providers.base import InvalidSignature, ProviderRefused, Secrets
from chalicelib.providers.base_http import (
    ANSWER_BYTES_MAX,
    decoded,
    exchange,
    reason_of,
    require_success,
)
from chalicelib.providers.base_rsa import private_key, public_key, sign, verified

API_BASE = "https://api.mch.weixin.qq.com"
SCHEME = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE_SECONDS = 300
_FILE_BYTES_MAX = 20_000_000
# WeChat sends bad signatures with this in front on purpose, to see that they are refused.
_PROBE = "WECHATPAY/SIGNTEST/"
_PUBLIC_KEY_ID = "PUB_KEY_ID_"
# The only 403s that are about the payment; the others are about our account or its balance.
_FINAL_IN_403 = frozenset({"RULE_LIMIT", "RULELIMIT", "TRADE_ERROR", "USER_ACCOUNT_ABNORMAL"})

T = TypeVar("T")


class Resource(msgspec.Struct):
    """The sealed part of a notification."""

    algorithm: str
    ciphertext: str
    nonce: str
    associated_data: str = ""
    original_type: str = ""


def ask_for(
    secrets: Secrets,
    method: str,
    path: str,
    answers: type[T],
    body: Mapping[str, Any] | None = None,
) -> T:
    """The decoded answer to a request."""
    return decoded(send(secrets, method, path, body).body, answers)


def send(
    secrets: Secrets, method: str, path: str, body: Mapping[str, Any] | None = None
) -> HttpAnswer:
    """A successful answer that WeChat Pay signed. Raises as `base_http` does for all others."""
    answer = _answered(secrets, method, path, body)
    try:
        require_genuine(secrets, answer.headers, answer.body, datetime.now(UTC))
    except InvalidSignature as forged:
        raise Unavailable("An answer was not WeChat Pay's.") from forged
    return answer


def download(secrets: Secrets, url: str) -> bytes:
    """A file at an address that a signed answer named; files are not signed themselves. Asked for
    at WeChat's own address whatever host is named.
    """
    named, prefix = urlsplit(url), urlsplit(secrets.get("api_base") or API_BASE).path.rstrip("/")
    path = f"{named.path.removeprefix(prefix)}?{named.query}"
    return _answered(secrets, "GET", path, bytes_max=_FILE_BYTES_MAX).body


def _answered(
    secrets: Secrets,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    bytes_max: int = ANSWER_BYTES_MAX,
) -> HttpAnswer:
    url = f"{(secrets.get('api_base') or API_BASE).rstrip('/')}{path}"
    encoded = b"" if body is None else msgspec.json.encode(body)
    headers = _headers(secrets) | {"Authorization": _authorization(secrets, method, path, encoded)}
    answer = exchange(method, url, headers, encoded or None, bytes_max)
    if answer.status == 403 and reason_of(answer.body) in _FINAL_IN_403:
        raise ProviderRefused(reason_of(answer.body))
    require_success(answer)
    return answer


def require_genuine(
    secrets: Secrets, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Raises `InvalidSignature` unless the holder of one of the platform's keys just sent this."""
    stamp, signature = (
        headers.get("wechatpay-timestamp", ""),
        headers.get("wechatpay-signature", ""),
    )
    if headers.get("wechatpay-signature-type", SCHEME) != SCHEME:
        raise InvalidSignature("The signature is of another kind.")
    if signature.startswith(_PROBE):
        raise InvalidSignature("The signature is a probe of WeChat Pay's own.")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise InvalidSignature("The signature carries no time.")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise InvalidSignature("The signature's time is too far from now.")
    platform_keys: Mapping[str, str] = secrets.get("platform_keys") or {}
    key = platform_keys.get(headers.get("wechatpay-serial", ""))
    if key is None:
        raise InvalidSignature("The signature's key is not among the platform's.")
    signed = _lines(stamp, headers.get("wechatpay-nonce", "")) + body + b"\n"
    if not verified(public_key(key), signed, signature):
        raise InvalidSignature("The signature does not match.")


def unseal(secrets: Secrets, resource: Resource) -> bytes:
    """What was sealed under our APIv3 key, or under the one before it while it is changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        sealed = base64.b64decode(resource.ciphertext, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidSignature("What is sealed is no base64.") from None
    associated = resource.associated_data.encode()
    for key in filter(None, (secrets.get("api_v3_key"), secrets.get("previous_api_v3_key"))):
        try:
            return AESGCM(key.encode()).decrypt(resource.nonce.encode(), sealed, associated)
        except InvalidTag:
            continue
        except ValueError:  # a nonce or a key of a length that cannot be
            continue
    raise InvalidSignature("What is sealed is not for us.")


def paying_terms(secrets: Secrets, prepay_id: str) -> str:
    """What a page within WeChat passes to `getBrandWCPayRequest`, as JSON, signed by us."""
    stamp, nonce, package = str(_seconds()), _nonce(), f"prepay_id={prepay_id}"
    terms = {
        "appId": secrets["appid"],
        "timeStamp": stamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": _sign(secrets, _lines(secrets["appid"], stamp, nonce, package)),
    }
    return msgspec.json.encode(terms).decode()


def _headers(secrets: Secrets) -> dict[str, str]:
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": "docket",
    }
    for serial in secrets.get("platform_keys") or {}:
        if serial.startswith(_PUBLIC_KEY_ID):  # asks for answers signed with that key
            headers["Wechatpay-Serial"] = serial
    return headers


def _authorization(secrets: Secrets, method: str, path: str, body: bytes) -> str:
    stamp, nonce = str(_seconds()), _nonce()
    signature = _sign(secrets, _lines(method, path, stamp, nonce) + body + b"\n")
    return (
        f'{SCHEME} mchid="{secrets["mchid"]}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{stamp}",serial_no="{secrets["merchant_serial"]}"'
    )


def _sign(secrets: Secrets, content: bytes) -> str:
    return sign(private_key(secrets["merchant_private_key"]), content)


def _lines(*values: str) -> bytes:
    return "".join(f"{value}\n" for value in values).encode()


def _seconds() -> int:
    return int(datetime.now(UTC).timestamp())


def _nonce() -> str:
    return randomness.token_hex(16)
