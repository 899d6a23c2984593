"""Asking Alipay's gateway: signed questions, signed answers. Private to `alipay.py`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.providers._alipay_keys import certificate_numbers, signed_by_alipay
from chalicelib.providers.base import ProviderRefused, Secrets
from chalicelib.providers.base_http import Absent, call, decoded
from chalicelib.providers.base_rsa import private_key, sign

GATEWAY = "https://openapi.alipay.com/gateway.do"
BEIJING = timezone(timedelta(hours=8))
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
_SUCCESS = "10000"
_REFUSED = "40004"  # the one code that speaks of the payment; the others speak of the request

Content = Mapping[str, Any]
T = TypeVar("T")


class _Outcome(msgspec.Struct):
    code: str = ""
    sub_code: str = ""


def page_url(secrets: Secrets, method: str, content: Content, urls: Mapping[str, str]) -> str:
    """Where the buyer's browser is sent: the question itself, signed."""
    return f"{gateway_of(secrets)}?{urlencode(_signed(secrets, method, content, urls))}"


def ask(
    secrets: Secrets,
    method: str,
    content: Content,
    answers: type[T],
    urls: Mapping[str, str] | None = None,
) -> T:
    """The gateway's answer to a question; only what Alipay signed is believed."""
    asked = _signed(secrets, method, content, urls or {})
    form = {"biz_content": asked.pop("biz_content")}
    url = f"{gateway_of(secrets)}?{urlencode(asked)}"  # the charset stands where it is read first
    answer = call("POST", url, {}, dict[str, msgspec.Raw], form=form)
    told = bytes(answer.get(f"{method.replace('.', '_')}_response", b""))
    signature = decoded(bytes(answer.get("sign", b'""')), str)
    if not told or not signed_by_alipay(secrets, told, signature, datetime.now(UTC)):
        raise Unavailable("The answer is not signed by Alipay.")
    _require_success(decoded(told, _Outcome))
    return decoded(told, answers)


def joined(fields: Mapping[str, str]) -> bytes:
    """What is signed: everything by name, empty values too."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields)).encode()


def beijing(moment: datetime) -> str:
    return moment.astimezone(BEIJING).strftime(TIME_FORMAT)


def _require_success(outcome: _Outcome) -> None:
    reason = outcome.sub_code or outcome.code
    if outcome.code == _SUCCESS:
        return
    if outcome.code != _REFUSED or reason.endswith("SYSTEM_ERROR"):
        raise Unavailable(f"Alipay cannot say: {reason}.")
    raise (Absent if reason == "ACQ.TRADE_NOT_EXIST" else ProviderRefused)(reason)


def gateway_of(secrets: Secrets) -> str:
    return str(secrets.get("gateway") or GATEWAY)


def _signed(
    secrets: Secrets, method: str, content: Content, urls: Mapping[str, str]
) -> dict[str, str]:
    asked = {
        "app_id": str(secrets["app_id"]),
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": beijing(datetime.now(UTC)),
        "version": "1.0",
        "biz_content": msgspec.json.encode(content).decode(),
        **certificate_numbers(secrets),
        **urls,
    }
    return asked | {"sign": sign(private_key(secrets["app_private_key"]), joined(asked))}
