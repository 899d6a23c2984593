"""The sandbox company's own wire format: JSON both ways, a bearer key, an HMAC over each event."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from infra.local.counterparts.base import (
    Answer,
    Desk,
    Notification,
    Refused,
    Request,
    json_answer,
    routed,
)
from infra.local.counterparts.base_bank import Bank, fee_of
from infra.local.counterparts.base_http import plain_refusal
from infra.local.counterparts.base_ledger import Document

HEADER = "Sandbox-Signature"
_LIST_MAX = 100
_TERMS = {
    "order_id": str, "order_number": str, "method": str, "amount_minor": int, "currency": str,
    "return_url": str, "language": str,
}  # fmt: skip


def new_keys() -> Document:
    return {
        "secret_key": f"sbk_{secrets.token_hex(24)}",
        "webhook_secrets": [f"sbw_{secrets.token_hex(24)}"],
    }


def signature(secret: str, body: bytes, timestamp: int) -> str:
    """`t=…,v1=…`: an HMAC-SHA256 over `<t>.<body>`."""
    mac = hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


class SandboxFacade:
    def __init__(self, desk: Desk, keys: Document) -> None:
        self.desk = desk
        self.titles = {"en": "Sandbox payment", "zh-CN": "沙盒支付"}
        self.bank = Bank(desk.ledger, desk.wake)
        self._keys = keys

    def secret(self) -> Document:
        return self._keys | {"api_base": self.desk.api_base}

    def answer(self, request: Request) -> Answer:
        (_, _, act), keys = routed(request, _ROUTES)
        self._check_key(request)
        return json_answer(200, act(self, request, *keys))

    def refusal(self, refused: Refused) -> Answer:
        return plain_refusal(refused)

    def notification(self, event: Document, *, badly_signed: bool) -> Notification:
        body = json.dumps(event, ensure_ascii=False).encode()
        key = "sbw_of_a_stranger" if badly_signed else self._keys["webhook_secrets"][0]
        headers = {
            "Content-Type": "application/json",
            HEADER: signature(key, body, int(time.time())),
        }
        return Notification(self.desk.webhook_url, body, headers)

    def is_taken(self, status: int, body: bytes) -> bool:
        del body
        return 200 <= status < 300

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._keys["secret_key"].encode()):
            raise Refused(401, "unauthenticated")

    def open_payment(self, request: Request, payment_id: str) -> Document:
        terms = _values(request, **_TERMS)
        if terms["amount_minor"] <= 0:
            raise Refused(422, "invalid_amount_minor")
        if terms["return_url"] and urlsplit(terms["return_url"]).scheme not in {"http", "https"}:
            raise Refused(422, "invalid_return_url")
        return self.desk.shown(self.bank.open(payment_id, terms))

    def show_payment(self, _: Request, payment_id: str) -> Document:
        return self.desk.shown(self.bank.load_payment(payment_id))

    def close_payment(self, _: Request, payment_id: str) -> Document:
        return self.desk.shown(self.bank.close(payment_id))

    def refund(self, request: Request, refund_id: str) -> Document:
        values = _values(request, payment_id=str, amount_minor=int)
        if values["amount_minor"] <= 0:
            raise Refused(422, "invalid_amount_minor")
        return self.bank.give_back(refund_id, **values)

    def show_refund(self, _: Request, refund_id: str) -> Document:
        return self.bank.load_refund(refund_id)

    def list_events(self, request: Request) -> Document:
        limit = min(_number(request, "limit", _LIST_MAX), _LIST_MAX)
        events = self.desk.ledger.list_events(_number(request, "after", 0), limit)
        return {"items": events}

    def statement(self, request: Request) -> Document:
        """What was taken and given back in a period, as the company's own books have it."""
        since, until = (_moment(request, name) for name in ("since", "until"))
        events = self.desk.ledger.list_all_events()
        told = [event for event in events if since <= event["created"] < until]
        return {
            "payments": [
                event["data"]
                | {"captured_at": event["created"], "fee_minor": fee_of(event["data"])}
                for event in told
                if event["type"] == "payment.captured"
            ],
            "refunds": [event["data"] for event in told if event["type"] == "refund.succeeded"],
        }


def _moment(request: Request, name: str) -> float:
    try:
        return float(request.query[name])
    except (KeyError, ValueError) as error:
        raise Refused(422, f"invalid_{name}") from error


def _values(request: Request, **fields: type) -> Document:
    values = request.json()
    for name, kind in fields.items():
        if type(values.get(name)) is not kind:
            raise Refused(422, f"invalid_{name}")
    return {name: values[name] for name in fields}


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refused(422, f"invalid_{name}")
    return int(text)


_ID = r"([\w.-]{1,100})"
_ROUTES: tuple[tuple[str, str, Callable[..., Document]], ...] = (
    ("PUT", rf"/v1/payments/{_ID}", SandboxFacade.open_payment),
    ("GET", rf"/v1/payments/{_ID}", SandboxFacade.show_payment),
    ("POST", rf"/v1/payments/{_ID}/close", SandboxFacade.close_payment),
    ("PUT", rf"/v1/refunds/{_ID}", SandboxFacade.refund),
    ("GET", rf"/v1/refunds/{_ID}", SandboxFacade.show_refund),
    ("GET", r"/v1/events", SandboxFacade.list_events),
    ("GET", r"/v1/statement", SandboxFacade.statement),
)
