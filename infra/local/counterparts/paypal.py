"""PayPal as Docket sees it: OAuth, Orders v2, captures and refunds, signed webhooks.

POST /v1/oauth2/token                       credentials for a bearer token
POST /v2/checkout/orders                    open (the same PayPal-Request-Id: the same order)
GET  /v2/checkout/orders/{id}               the order, its capture and its refunds
POST /v2/checkout/orders/{id}/capture       take what the buyer approved
POST /v2/payments/captures/{id}/refund      give back (same key: the same refund)
GET  /v2/payments/captures/{id} · GET /v2/payments/refunds/{id}
GET  /v1/notifications/webhooks-events      what was told, the newest first, a page and its link
"""

import base64
import hmac
import json
import re
import secrets
import uuid
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from infra.local.counterparts import _paypal_objects as objects
from infra.local.counterparts import base_keys
from infra.local.counterparts._paypal_bank import ApprovalBank, reference
from infra.local.counterparts._paypal_event_list import event_page
from infra.local.counterparts.base import (
    Answer,
    Desk,
    Notification,
    Refused,
    Request,
    json_answer,
    routed,
)
from infra.local.counterparts.base_ledger import Document

_SIGNER = "messageverificationcerts.sandbox.paypal.com"
_CERT_URL = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-practice"
_TOKEN_SECONDS = 32_400


def open_facade(desk: Desk) -> "PayPalFacade":
    return PayPalFacade(desk)


def _new_keys() -> Document:
    key = base_keys.new_key()
    return {
        "client_id": f"A{secrets.token_urlsafe(48)}",
        "client_secret": f"E{secrets.token_urlsafe(48)}",
        "webhook_id": secrets.token_hex(8).upper() + "W",
        "private_key": base_keys.private_pem(key),
        "cert_pem": base_keys.certificate_pem(key, _SIGNER),
    }


class PayPalFacade:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.bank = ApprovalBank(desk.ledger, desk.wake, reference)
        self.titles = {"en": "PayPal, for practice", "zh-CN": "PayPal 演练"}
        self._keys = desk.remembered("keys.json", _new_keys)

    def secret(self) -> Document:
        names = ("client_id", "client_secret", "webhook_id", "cert_pem")
        return {name: self._keys[name] for name in names} | {"api_base": self.desk.api_base}

    def answer(self, request: Request) -> Answer:
        if (request.method, request.path) == ("POST", "/v1/oauth2/token"):
            return self._grant(request)
        (_, _, act), keys = routed(request, _ROUTES, "RESOURCE_NOT_FOUND")
        self._check_token(request)
        return act(self, request, *keys)

    def refusal(self, refused: Refused) -> Answer:
        names = {400: "INVALID_REQUEST", 404: "RESOURCE_NOT_FOUND", 422: "UNPROCESSABLE_ENTITY"}
        if refused.status == 401:
            return json_answer(401, {"error": refused.code, "error_description": "Not accepted."})
        problem = {
            "name": names.get(refused.status, refused.code),
            "message": "The request was refused.",
            "debug_id": secrets.token_hex(7),
            "details": [{"issue": refused.code.upper(), "description": refused.code}],
        }
        return json_answer(refused.status, problem)

    def notification(self, event: Document, *, badly_signed: bool) -> Notification | None:
        told = objects.event(event, self.desk.api_base, self._pay_url(event["data"]))
        if told is None:
            return None
        body = json.dumps(told, ensure_ascii=False).encode()
        transmission_id = str(uuid.uuid4())
        sent_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = f"{transmission_id}|{sent_at}|{self._keys['webhook_id']}|{zlib.crc32(body)}"
        key = base_keys.new_key() if badly_signed else self._signing_key
        raw = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        headers = {
            "Content-Type": "application/json",
            "PAYPAL-TRANSMISSION-ID": transmission_id,
            "PAYPAL-TRANSMISSION-TIME": sent_at,
            "PAYPAL-TRANSMISSION-SIG": base64.b64encode(raw).decode(),
            "PAYPAL-CERT-URL": _CERT_URL,
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }
        return Notification(self.desk.webhook_url, body, headers)

    def is_taken(self, status: int, body: bytes) -> bool:
        del body
        return 200 <= status < 300

    @cached_property
    def _signing_key(self) -> RSAPrivateKey:
        return load_pem_private_key(self._keys["private_key"].encode(), None)

    @property
    def _token(self) -> str:
        mac = hmac.digest(self._keys["client_secret"].encode(), b"token", "sha256")
        return f"A21AA{mac.hex()}"

    def _grant(self, request: Request) -> Answer:
        pair = f"{self._keys['client_id']}:{self._keys['client_secret']}".encode()
        given = request.headers.get("authorization", "")
        expected = f"Basic {base64.b64encode(pair).decode()}"
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise Refused(401, "invalid_client")
        if parse_qs(request.body.decode(errors="replace")) != {
            "grant_type": ["client_credentials"]
        }:
            raise Refused(400, "unsupported_grant_type")
        token = {"access_token": self._token, "token_type": "Bearer"}
        return json_answer(200, token | {"expires_in": _TOKEN_SECONDS})

    def _check_token(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise Refused(401, "invalid_token")

    def open_order(self, request: Request) -> Answer:
        key = _request_key(request)
        return json_answer(201, self._order(self.bank.open(key, _terms(request.json()))))

    def show_order(self, _: Request, order_id: str) -> Answer:
        return json_answer(200, self._order(self.bank.load_payment(order_id)))

    def capture_order(self, _: Request, order_id: str) -> Answer:
        return json_answer(201, self._order(self.bank.capture(order_id)))

    def show_capture(self, _: Request, capture_id: str) -> Answer:
        return json_answer(200, objects.capture(self._captured(capture_id)))

    def refund_capture(self, request: Request, capture_id: str) -> Answer:
        wish, payment = request.json(), self._captured(capture_id)
        left = payment["captured_minor"] - payment["refunded_minor"]
        minor, currency = _read_amount(wish["amount"]) if "amount" in wish else (left, None)
        if currency not in {None, payment["currency"]}:
            raise Refused(422, "REFUND_CURRENCY_MISMATCH")
        given = self.bank.give_back(
            _request_key(request),
            payment["payment_id"],
            minor,
            custom_id=str(wish.get("custom_id", payment["custom_id"])),
            invoice_id=str(wish.get("invoice_id", payment["invoice_id"])),
        )
        return json_answer(201, objects.refund(given, self.desk.api_base))

    def show_refund(self, _: Request, refund_id: str) -> Answer:
        return json_answer(
            200, objects.refund(self.bank.load_refund(refund_id), self.desk.api_base)
        )

    def list_events(self, request: Request) -> Answer:
        base = self.desk.api_base
        told = [
            objects.event(event, base, self._pay_url(event["data"]))
            for event in self.desk.ledger.list_all_events()
        ]
        return json_answer(200, event_page([one for one in told if one], request.query, base))

    def _captured(self, capture_id: str) -> Document:
        payment = self.bank.load_payment(f"{capture_id[:-1]}T")
        if payment["status"] != "captured" or not capture_id.endswith("C"):
            raise Refused(404, "INVALID_RESOURCE_ID")
        return payment

    def _order(self, payment: Document) -> Document:
        given = self.desk.ledger.list_refunds(payment["payment_id"])
        return objects.order(payment, given, self.desk.api_base, self._pay_url(payment))

    def _pay_url(self, payment: Document) -> str:
        return self.desk.pay_url(payment["reference"])


def _request_key(request: Request) -> str:
    key = request.headers.get("paypal-request-id", "")
    if not re.fullmatch(r"[\w.-]{1,108}", key):
        raise Refused(400, "PAYPAL_REQUEST_ID_REQUIRED")
    return key


def _terms(order: Document) -> Document:
    """What the page shows of an order, and what comes back in events."""
    try:
        (unit,) = order["purchase_units"]
        experience = order["payment_source"]["paypal"]["experience_context"]
        custom_id, invoice_id = str(unit["custom_id"]), str(unit["invoice_id"])
        return_url, language = str(experience["return_url"]), str(experience["locale"])
        number = str(unit["description"]).rpartition(" ")[2]
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(400, "MISSING_REQUIRED_PARAMETER") from error
    if order.get("intent") != "CAPTURE":
        raise Refused(422, "UNSUPPORTED_INTENT")
    if (
        not return_url.startswith(("http://", "https://"))
        or max(map(len, (custom_id, invoice_id))) > 127
    ):
        raise Refused(400, "INVALID_PARAMETER_VALUE")
    minor, currency = _read_amount(unit.get("amount"))
    return {
        "order_id": custom_id.partition("/")[0],
        "order_number": number,
        "amount_minor": minor,
        "currency": currency,
        "return_url": return_url,
        "language": language,
        "custom_id": custom_id,
        "invoice_id": invoice_id,
    }


def _read_amount(amount: object) -> tuple[int, str]:
    try:
        currency, value = str(amount["currency_code"]), Decimal(str(amount["value"]))
    except (KeyError, TypeError, InvalidOperation) as error:
        raise Refused(400, "INVALID_PARAMETER_SYNTAX") from error
    if not re.fullmatch(r"[A-Z]{3}", currency) or not value.is_finite():
        raise Refused(400, "INVALID_CURRENCY_CODE")
    if currency in objects.WHOLE and value != int(value):
        raise Refused(422, "DECIMALS_NOT_SUPPORTED")
    minor = value * objects.minor_units(currency)
    if minor != int(minor):
        raise Refused(422, "DECIMAL_PRECISION")
    if minor <= 0:
        raise Refused(422, "CANNOT_BE_ZERO_OR_NEGATIVE")
    return int(minor), currency


_ID = r"(\w{17})"
_ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("POST", r"/v2/checkout/orders", PayPalFacade.open_order),
    ("GET", rf"/v2/checkout/orders/{_ID}", PayPalFacade.show_order),
    ("POST", rf"/v2/checkout/orders/{_ID}/capture", PayPalFacade.capture_order),
    ("GET", rf"/v2/payments/captures/{_ID}", PayPalFacade.show_capture),
    ("POST", rf"/v2/payments/captures/{_ID}/refund", PayPalFacade.refund_capture),
    ("GET", rf"/v2/payments/refunds/{_ID}", PayPalFacade.show_refund),
    ("GET", r"/v1/notifications/webhooks-events", PayPalFacade.list_events),
)
