"""Calling a provider's API: JSON or a form in, a typed answer out, bounded in time and size.

Every failure becomes one of two: `Unavailable` (the outcome is unknown, or may be another one
later) or `ProviderRefused` (a final no; `Absent` when the provider does not know the thing).
Never retries and never follows a redirect: the caller decides what a second try means.
"""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from chalicelib import partner_http
from chalicelib.domain.errors import Unavailable
from chalicelib.partner_http import HttpAnswer
from chalicelib.providers.base import ProviderRefused

ANSWER_BYTES_MAX = 1_000_000

# A timeout, a lock or a limit passes; a key that is not accepted (401, 403) is ours to mend, and
# says nothing about the payment.
_NOT_FINAL = frozenset({401, 403, 408, 409, 425, 429})


T = TypeVar("T")


class Absent(ProviderRefused):
    """The provider has no such payment or refund."""


def call(
    method: str,
    url: str,
    headers: Mapping[str, str],
    answers: type[T],
    *,
    form: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> T:
    """The provider's answer to one request. `form` and `body` are two ways to send values."""
    sent = dict(headers)
    encoded: bytes | None = None
    if form is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        encoded = urlencode(form).encode()
    elif body is not None:
        sent["Content-Type"] = "application/json"
        encoded = msgspec.json.encode(body)
    answer = exchange(method, url, sent, encoded)
    require_success(answer)
    return decoded(answer.body, answers)


def require_success(answer: HttpAnswer) -> None:
    """Raises for every answer but a 2xx: what it says about the payment, or that it says none."""
    status = answer.status
    if 200 <= status < 300:
        return
    if 400 <= status < 500 and status not in _NOT_FINAL:
        reason = reason_of(answer.body) or f"http_{status}"
        raise (Absent if status == 404 else ProviderRefused)(reason)
    raise Unavailable(f"The payment provider answered {status}.")


def decoded(raw: bytes, answers: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=answers)
    except msgspec.MsgspecError as error:
        raise Unavailable("The payment provider's answer makes no sense.") from error


def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    encoded: bytes | None,
    bytes_max: int = ANSWER_BYTES_MAX,
) -> HttpAnswer:
    """One request and whatever was answered to it, for those who check signatures in it."""
    return partner_http.exchange(
        "The payment provider", method, url, headers, encoded, bytes_max=bytes_max
    )


class _Error(msgspec.Struct, frozen=True):
    decline_code: str = ""
    code: str = ""
    type: str = ""


class _Detail(msgspec.Struct):
    issue: str = ""


class _Problem(msgspec.Struct):
    error: _Error = _Error()
    code: str = ""
    details: list[_Detail] = []
    name: str = ""


def reason_of(raw: bytes) -> str:
    """The provider's word for it: a code, never its prose, which can quote keys and people."""
    try:
        problem = msgspec.json.decode(raw, type=_Problem)
    except msgspec.MsgspecError:
        return ""
    error, issues = problem.error, [detail.issue for detail in problem.details]
    codes = (error.decline_code, error.code, error.type, problem.code, *issues, problem.name)
    return next(filter(None, codes), "")
