"""The sandbox as the contract test needs it; its own process signs what it sends."""

import json
from datetime import datetime
from typing import Any

from chalicelib.providers.base import RawWebhook
from infra.local.sandbox_facade import HEADER, signature
from tests.providers.http_double import Answer, Asked

KEY = "sbk_a_key_of_the_sandbox"
SECRET = "sbw_a_secret_of_the_sandbox"
REFERENCE = "sbp_1"
REFUSED_WEBHOOK_STATUS = 401
MAX_AGE_SECONDS = 300

_STATUS = {"pending": "open", "captured": "captured", "expired": "closed", "refunded": "captured",
           "whole": "captured"}  # fmt: skip


def secrets(api_base: str) -> dict[str, Any]:
    return {"secret_key": KEY, "webhook_secrets": [SECRET], "api_base": api_base}


def other_secrets(api_base: str) -> dict[str, Any]:
    return secrets(api_base) | {"webhook_secrets": ["sbw_of_somebody_else"]}


def rotated_secrets(api_base: str) -> dict[str, Any]:
    return secrets(api_base) | {"webhook_secrets": ["the-new-key", SECRET]}


def payment(status: str, **more: Any) -> dict[str, Any]:
    return {
        "payment_id": "pay_1",
        "order_id": "ord_1",
        "reference": REFERENCE,
        "status": status,
        "amount_minor": 1299,
        "currency": "CNY",
        "captured_minor": 1299 if status == "captured" else 0,
        "reason": None,
        "updated_at": 1_795_000_000.5,
        "pay_url": "http://127.0.0.1:8000/pay/sbp_1",
        **more,
    }


REFUND = {
    "refund_id": "ref_1",
    "payment_id": "pay_1",
    "order_id": "ord_1",
    "reference": "sbr_1",
    "payment_reference": REFERENCE,
    "status": "succeeded",
    "amount_minor": 1299,
    "currency": "CNY",
    "updated_at": 1_795_000_100.5,
}


def refund(refund_id: str, minor: int) -> dict[str, Any]:
    changes = {"refund_id": refund_id, "reference": f"sbr_{refund_id}", "amount_minor": minor}
    return {**REFUND, **changes}


def respond(asked: Asked, state: str) -> Answer:
    """The sandbox's answer while the payment is `pending`, `captured`, `expired` or `absent`."""
    if asked.path.startswith("/v1/refunds"):
        known = asked.method == "PUT" or state == "refunded"
        return _json(200, REFUND) if known else _json(404, {"error": {"code": "not_found"}})
    if asked.path.startswith("/v1/events"):
        after = int(asked.path.partition("after=")[2])
        listed = [{"seq": i, **EVENTS[name]} for i, name in enumerate(EVENT_LIST, 1)]
        return _json(200, {"items": listed[after:]})
    if asked.path.endswith("/close"):
        is_paid = state == "captured"
        return _json(200, payment("captured" if is_paid else "closed"))
    if state == "absent":
        return _json(404, {"error": {"code": "not_found", "message": f"No: {KEY}"}})
    return _json(200, payment(_STATUS[state]))


def webhook(name: str, now: datetime) -> RawWebhook:
    """One event of `EVENTS`, signed now."""
    return signed(json.dumps(EVENTS[name], ensure_ascii=False), now)


def signed(body: str, now: datetime, *secrets_used: str) -> RawWebhook:
    stamp = int(now.timestamp())
    headers = [signature(key, body.encode(), stamp) for key in secrets_used or (SECRET,)]
    merged = ",".join([headers[0], *(header.partition(",")[2] for header in headers[1:])])
    return RawWebhook(body.encode(), {HEADER.lower(): merged})


def event(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"event_id": f"sbe_{kind}", "type": kind, "created": 1_795_000_050.5, "data": data}


EVENTS = {
    "pending": event("payment.pending", payment("open")),
    "failed": event("payment.failed", payment("declined", reason="card_declined")),
    "captured": event("payment.captured", payment("captured")),
    "expired": event("payment.expired", payment("closed")),
    "refunded": event("refund.succeeded", REFUND),
    "part_refunded": event("refund.succeeded", refund("ref_1", 300)) | {"event_id": "sbe_part"},
    "rest_refunded": event("refund.succeeded", refund("ref_2", 999)) | {"event_id": "sbe_rest"},
    "unheard_of": event("payment.astonished", {}),
}
EVENT_LIST = ("pending", "captured", "refunded")
LIVES = (
    ("pending", "failed", "captured"),
    ("pending", "failed", "expired"),
    ("failed", "expired", "captured"),
    ("pending", "captured", "refunded"),
)
# Here nothing is given back but by us.
WHOLE_LIFE = ("pending", "failed", "captured", "part_refunded", "rest_refunded")
PROMISED = {"ref_1": 300, "ref_2": 999}


def _json(status: int, value: Any) -> Answer:
    return Answer(status, json.dumps(value).encode())
