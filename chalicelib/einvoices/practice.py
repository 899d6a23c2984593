"""A tax platform to practice with: the same verbs over HTTP, and no tax document.

Secret: `{"api_base", "account", "key"}`. Requests and answers are signed with the key: base64 of
HMAC-SHA256 over what `signed_content` puts together, so that an answer belongs to its request.
"""

import hmac
from datetime import datetime

import msgspec

from chalicelib import partner_http
from chalicelib.domain.einvoice_requests import EInvoiceRequest
from chalicelib.domain.einvoices import Fault, Word
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.inbound_signatures import signature_of
from chalicelib.einvoices.base import Secrets
from chalicelib.partner_http import HttpAnswer

_KNOWN = frozenset({200, 201})
_ANSWER_BYTES_MAX = 2_000_000


class _Request(msgspec.Struct):
    """As the platform describes it."""

    request_id: str
    state: str
    number: str | None = None
    link: str | None = None
    fault: Fault = "other"
    message: str = ""


class Practice:
    name = "practice"
    genuine = False

    def request(self, secrets: Secrets, wish: EInvoiceRequest, now: datetime) -> Word:
        body = msgspec.json.encode(wish)
        answer = _call(secrets, "PUT", f"/v1/requests/{wish.request_id}", now, body)
        return _word(answer, wish.request_id)

    def ask(self, secrets: Secrets, request_id: str, now: datetime) -> Word:
        answer = _call(secrets, "GET", f"/v1/requests/{request_id}", now)
        return Word(state="unknown") if answer.status == 404 else _word(answer, request_id)

    def paper(self, secrets: Secrets, request_id: str, now: datetime) -> bytes | None:
        answer = _call(secrets, "GET", f"/v1/requests/{request_id}/paper", now)
        if answer.status != 200 or not answer.body.startswith(b"%PDF-"):
            raise Unavailable("The tax platform has no paper yet.")
        return answer.body


def signed_content(place: str, moment: str, body: bytes) -> bytes:
    """`place` is the method and path of a request; of an answer its status stands before them."""
    return f"{place}\n{moment}\n".encode() + body


def _call(secrets: Secrets, method: str, path: str, now: datetime, body: bytes = b"") -> HttpAnswer:
    """The answer, which is the platform's own. Raises `Unavailable` for any other."""
    moment, place, key = str(int(now.timestamp())), f"{method} {path}", str(secrets["key"])
    headers = {
        "Practice-Account": str(secrets["account"]),
        "Practice-Time": moment,
        "Practice-Signature": signature_of(key, signed_content(place, moment, body)),
        **({"Content-Type": "application/json"} if body else {}),
    }
    answer = partner_http.exchange(
        "The tax platform", method, f"{secrets['api_base']}{path}", headers, body or None,
        bytes_max=_ANSWER_BYTES_MAX,
    )  # fmt: skip
    expected = signature_of(key, signed_content(f"{answer.status} {place}", moment, answer.body))
    given = answer.headers.get("practice-signature", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Unavailable("The answer is not signed by the tax platform.")
    return answer


def _word(answer: HttpAnswer, request_id: str) -> Word:
    if answer.status not in _KNOWN:
        raise Unavailable(f"The tax platform answered {answer.status}.")
    try:
        said = msgspec.json.decode(answer.body, type=_Request)
    except msgspec.MsgspecError as error:
        raise Unavailable("The tax platform's answer makes no sense.") from error
    if said.request_id != request_id:
        raise Unavailable("The tax platform answered about another request.")
    if said.state == "issued" and said.number:
        return Word(state="issued", number=said.number, link=said.link)
    if said.state == "rejected":
        return Word(state="rejected", fault=said.fault, message=said.message)
    return Word(state="pending")


PROVIDER = Practice()
