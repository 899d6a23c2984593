"""Alipay's signatures, times and amounts, as its documents describe them."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from infra.local.counterparts.base import Refused, Request
from infra.local.counterparts.base_ledger import Document

BEIJING = timezone(timedelta(hours=8))
_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
_FORM = "application/x-www-form-urlencoded"


def signature(key: RSAPrivateKey, content: str) -> str:
    raw = key.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(raw).decode()


def joined(fields: Mapping[str, str]) -> str:
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields))


def read_request(request: Request, key: RSAPrivateKey, app_id: str) -> dict[str, str]:
    """The fields of a call that the merchant signed. Raises `Refused`, as the gateway refuses."""
    fields = dict(request.query)
    if request.headers.get("content-type", "").startswith(_FORM):
        fields |= dict(parse_qsl(request.body.decode(errors="replace")))
    if fields.get("app_id") != app_id:
        raise Refused(200, "isv.invalid-app-id")
    if fields.get("sign_type") != "RSA2" or fields.get("charset", "").lower() != "utf-8":
        raise Refused(200, "isv.invalid-signature-type")
    given = fields.pop("sign", "")
    content = joined({name: value for name, value in fields.items() if value})
    try:
        key.public_key().verify(
            base64.b64decode(given), content.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, ValueError) as error:
        raise Refused(200, "isv.invalid-signature") from error
    return fields


def read_content(fields: Mapping[str, str]) -> Document:
    try:
        content = json.loads(fields.get("biz_content", "{}"))
    except ValueError as error:
        raise Refused(200, "isv.invalid-parameter") from error
    if not isinstance(content, dict):
        raise Refused(200, "isv.invalid-parameter")
    return content


def to_yuan(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def from_yuan(value: object) -> int:
    found = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,2}))?", str(value), re.ASCII)
    minor = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 0
    if minor <= 0:
        raise Refused(200, "ACQ.INVALID_PARAMETER")
    return minor


def beijing(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).astimezone(BEIJING).strftime(_TIME_FORMAT)


def from_beijing(text: object) -> float:
    try:
        moment = datetime.strptime(str(text), _TIME_FORMAT).replace(tzinfo=BEIJING)
    except ValueError as error:
        raise Refused(200, "ACQ.INVALID_PARAMETER") from error
    return moment.timestamp()
