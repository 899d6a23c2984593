"""PayPal as the contract test needs it: answers of its API, events signed as it signs them."""

import json
import zlib
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib.providers.base import RawWebhook
from chalicelib.providers.base_rsa import private_key, sign
from infra.local.counterparts._paypal_event_list import event_page
from infra.local.counterparts.base_keys import certificate_pem, new_key, private_pem
from tests.providers.http_double import Answer, Asked

KEY = "EA_secret_of_paypal"
WEBHOOK_ID = "1JE4291016473214C"
REFERENCE = "5O190127TN364715T"
REFUSED_WEBHOOK_STATUS = 400
MAX_AGE_SECONDS = None  # four days back, five minutes ahead: a test of its own holds that
# Nobody can pay what PayPal's answer never named to us, so nobody asks for it either.
KNOWS_OUR_ID = False

_CAPTURE_ID = "3C679366HH908993F"
_WHEN = "2026-11-22T09:31:00Z"
_AMOUNT = {"currency_code": "CNY", "value": "12.99"}
_STATUS = {
    "pending": "PAYER_ACTION_REQUIRED",
    "captured": "COMPLETED",
    "refunded": "COMPLETED",
    "expired": "VOIDED",
    "whole": "COMPLETED",
}


@cache
def signer() -> tuple[str, str]:
    """A private key and its certificate."""
    key = new_key()
    return private_pem(key), certificate_pem(key, "messageverificationcerts.paypal.com")


@cache
def stranger() -> str:
    return certificate_pem(new_key(), "messageverificationcerts.paypal.com")


def secrets(api_base: str) -> dict[str, Any]:
    return {
        "client_id": "AA_client",
        "client_secret": KEY,
        "webhook_id": WEBHOOK_ID,
        "cert_pem": signer()[1],
        "api_base": api_base,
    }


def other_secrets(api_base: str) -> dict[str, Any]:
    return secrets(api_base) | {"cert_pem": stranger()}


def rotated_secrets(api_base: str) -> dict[str, Any]:
    """While a webhook is being replaced by another one."""
    return secrets(api_base) | {"webhook_id": ["8PT597110X687430L", WEBHOOK_ID]}


def capture(status: str = "COMPLETED") -> dict[str, Any]:
    return {
        "id": _CAPTURE_ID,
        "status": status,
        "status_details": {"reason": "DECLINED_BY_RISK"} if status == "DENIED" else {},
        "amount": _AMOUNT,
        "custom_id": "ord_1/pay_1",
        "invoice_id": "pay_1",
        "supplementary_data": {"related_ids": {"order_id": REFERENCE}},
        "update_time": _WHEN,
    }


def refund(status: str = "COMPLETED") -> dict[str, Any]:
    return {
        "id": "1JU08902781691411",
        "status": status,
        "amount": _AMOUNT,
        "custom_id": "ord_1/pay_1/ref_1",
        "invoice_id": "ref_1",
        "update_time": _WHEN,
    }


def dashboard_refund(reference: str, value: str) -> dict[str, Any]:
    """It carries the payment's ids and none of its own."""
    amount = {"currency_code": "CNY", "value": value}
    return refund() | {"id": reference, "amount": amount, "custom_id": "ord_1/pay_1"}


PART, REST = dashboard_refund("2PART", "3.00"), dashboard_refund("3REST", "9.99")


def order(status: str, *, refunds: list[dict[str, Any]]) -> dict[str, Any]:
    is_paid = status == "COMPLETED"
    payments = {"payments": {"captures": [capture()], "refunds": refunds}} if is_paid else {}
    unit = {"custom_id": "ord_1/pay_1", "invoice_id": "pay_1", "amount": _AMOUNT, **payments}
    pay = {"href": "https://www.paypal.com/checkoutnow?token=5O1", "rel": "payer-action"}
    return {
        "id": REFERENCE,
        "status": status,
        "purchase_units": [unit],
        "update_time": _WHEN,
        "links": [{"href": "https://api.paypal.com/self", "rel": "self"}, pay],
    }


def preamble(asked: Asked) -> Answer | None:
    """What has to be asked for before anything else."""
    if asked.path == "/v1/oauth2/token":
        return _json(200, {"access_token": "A21AA", "token_type": "Bearer", "expires_in": 32400})
    return None


def respond(asked: Asked, state: str) -> Answer:
    """PayPal's answer while the payment is `pending`, `captured`, `expired` or `absent`."""
    if token := preamble(asked):
        return token
    if asked.path.startswith("/v1/notifications/webhooks-events"):
        return _events(asked.path)
    if state == "absent":
        return refusal(404, "INVALID_RESOURCE_ID")
    if asked.path.endswith("/refund"):
        return _json(201, refund())
    given = [refund()] if state == "refunded" else []
    given = [PART, REST] if state == "whole" else given
    return _json(200, order(_STATUS[state], refunds=given))


def refusal(status: int, code: str) -> Answer:
    details = [{"issue": code, "description": f"No: {KEY} of Ada Lovelace"}]
    return _json(status, {"name": "UNPROCESSABLE_ENTITY", "message": KEY, "details": details})


def webhook(name: str, now: datetime) -> RawWebhook:
    """One event of `EVENTS`, signed now."""
    return signed(json.dumps(EVENTS[name], ensure_ascii=False), now)


def signed(body: str, now: datetime) -> RawWebhook:
    sent = "69cd13f0-d67a-11e5-baa3-778b53f4ae55", now.strftime("%Y-%m-%dT%H:%M:%SZ")
    content = "|".join((*sent, WEBHOOK_ID, str(zlib.crc32(body.encode()))))
    headers = {
        "paypal-transmission-id": sent[0],
        "paypal-transmission-time": sent[1],
        "paypal-transmission-sig": sign(private_key(signer()[0]), content.encode()),
        "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-360caa42",
        "paypal-auth-algo": "SHA256withRSA",
    }
    return RawWebhook(body.encode(), headers)


def event(kind: str, resource: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"WH-{kind}",
        "event_version": "1.0",
        "create_time": "2026-11-22T09:21:01.000Z",
        "event_type": kind,
        "resource": resource,
    }


_DISPUTE = {
    "dispute_id": "PP-D-4012",
    "disputed_transactions": [{"seller_transaction_id": _CAPTURE_ID, "custom": "ord_1/pay_1"}],
    "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    "dispute_amount": _AMOUNT,
}
_WON = {"dispute_outcome": {"outcome_code": "RESOLVED_SELLER_FAVOUR"}}
_LOST = {"dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR"}}
_UP = {"rel": "up", "href": f"https://api.paypal.com/v2/payments/captures/{_CAPTURE_ID}"}
_REVERSAL = {"custom_id": "ord_1/pay_1", "links": [_UP]}
_LAPSED = order("APPROVED", refunds=[]) | {"order_id": REFERENCE}
EVENTS = {
    "approved": event("CHECKOUT.ORDER.APPROVED", order("APPROVED", refunds=[])),
    "pending": event("PAYMENT.CAPTURE.PENDING", capture("PENDING")),
    "denied": event("PAYMENT.CAPTURE.DENIED", capture("DENIED")),
    "captured": event("PAYMENT.CAPTURE.COMPLETED", capture()),
    "lapsed": event(
        "CHECKOUT.PAYMENT-APPROVAL.REVERSED", {k: v for k, v in _LAPSED.items() if k != "id"}
    ),
    "refund_pending": event("PAYMENT.REFUND.PENDING", refund("PENDING")),
    "refunded": event("PAYMENT.CAPTURE.REFUNDED", refund()),
    "disputed": event("CUSTOMER.DISPUTE.CREATED", _DISPUTE),
    "dispute_won": event("CUSTOMER.DISPUTE.RESOLVED", _DISPUTE | _WON),
    "dispute_lost": event("CUSTOMER.DISPUTE.RESOLVED", _DISPUTE | _LOST),
    "charged_back": event("PAYMENT.CAPTURE.REVERSED", refund() | _REVERSAL),
    "dashboard_refund": event("PAYMENT.CAPTURE.REFUNDED", refund() | {"custom_id": "ord_1/pay_1"}),
    "part_refunded": event("PAYMENT.CAPTURE.REFUNDED", PART) | {"id": "WH-part"},
    "rest_refunded": event("PAYMENT.CAPTURE.REFUNDED", REST) | {"id": "WH-rest"},
    "unheard_of": event("PAYMENT.SALE.COMPLETED", {"id": "4EU7004268015634R"}),
}
EVENT_LIST = ("approved", "captured", "refunded")


def _events(asked: str) -> Answer:
    query = dict(parse_qsl(urlsplit(asked).query))
    told = [EVENTS[name] for name in EVENT_LIST]
    page = event_page(told, query | {"page_size": "2"}, "https://api.paypal.com")
    return _json(200, page)


LIVES = (
    ("approved", "pending", "captured"),
    ("approved", "pending", "denied"),
    ("denied", "lapsed", "captured"),
    ("approved", "lapsed"),
    ("captured", "refund_pending", "refunded"),
    ("captured", "dashboard_refund"),
    ("captured", "disputed", "dispute_won"),
    ("captured", "disputed", "charged_back", "dispute_lost"),
)
WHOLE_LIFE = (
    "approved", "pending", "denied", "captured", "part_refunded", "disputed", "dispute_won",
    "rest_refunded",
)  # fmt: skip


def _json(status: int, value: Any) -> Answer:
    return Answer(status, json.dumps(value).encode())
