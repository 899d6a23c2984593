"""Stripe as the contract test needs it: answers of its API, events signed by its own SDK."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from stripe import WebhookSignature

from chalicelib.providers.base import RawWebhook
from tests.providers.http_double import Answer, Asked

KEY = "sk_test_a_key_of_stripe"
SECRET = "whsec_a_secret_of_stripe"
REFERENCE = "pi_1"
REFUSED_WEBHOOK_STATUS = 400
MAX_AGE_SECONDS = 300

_IDS = {"order_id": "ord_1", "payment_id": "pay_1"}
_STATUS = {"pending": "requires_payment_method", "captured": "succeeded", "expired": "canceled",
           "whole": "succeeded"}  # fmt: skip


def secrets(api_base: str) -> dict[str, Any]:
    return {"secret_key": KEY, "webhook_secrets": [SECRET], "api_base": api_base}


def other_secrets(api_base: str) -> dict[str, Any]:
    return secrets(api_base) | {"webhook_secrets": ["whsec_of_somebody_else"]}


def rotated_secrets(api_base: str) -> dict[str, Any]:
    return secrets(api_base) | {"webhook_secrets": ["the-new-key", SECRET]}


def intent(status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": REFERENCE,
        "object": "payment_intent",
        "amount": 1299,
        "amount_received": 1299 if status == "succeeded" else 0,
        "currency": "cny",
        "status": status,
        "created": 1_795_000_000,
        "client_secret": "pi_1_secret_2",
        "metadata": _IDS | {"order_number": "22-K7MQ4"},
        "cancellation_reason": None,
        "last_payment_error": None,
        **more,
    }


def refund(status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 1299,
        "currency": "cny",
        "status": status,
        "created": 1_795_000_100,
        "payment_intent": REFERENCE,
        "metadata": _IDS | {"refund_id": "ref_1"},
        **more,
    }


def dispute(status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "dp_1",
        "object": "dispute",
        "amount": 1299,
        "currency": "cny",
        "status": status,
        "reason": "product_not_received",
        "payment_intent": REFERENCE,
        "evidence_details": {"due_by": 1_796_000_000, "has_evidence": False},
        "metadata": {},
        **more,
    }


def respond(asked: Asked, state: str) -> Answer:
    """Stripe's answer while the payment is `pending`, `captured`, `expired` or `absent`."""
    path = asked.path.partition("?")[0]
    refunds = [refund("succeeded")] if state == "refunded" else []
    if path.startswith("/v1/payment_intents") and state == "absent":
        return (
            _json({"data": []}) if path.endswith("/search") else _problem(404, "resource_missing")
        )
    if path == "/v1/events":
        return _events(asked.path)
    if path == "/v1/refunds":
        return _json(refund("succeeded") if asked.method == "POST" else {"data": refunds})
    if path.endswith("/search"):
        return _json({"data": [intent(_STATUS[state])]})
    if path.endswith("/cancel"):
        is_open = state == "pending"
        return _json(intent("canceled")) if is_open else _problem(400, "unexpected_state")
    return _json(intent(_STATUS[state]))


def webhook(name: str, now: datetime) -> RawWebhook:
    """One event of `EVENTS`, signed now."""
    return signed(json.dumps(EVENTS[name], ensure_ascii=False), now)


def signed(body: str, now: datetime, *secrets_used: str) -> RawWebhook:
    stamp = int(now.timestamp())
    headers = [
        WebhookSignature.generate_signature_header(body, secret, stamp)
        for secret in secrets_used or (SECRET,)
    ]
    merged = ",".join([headers[0], *(header.partition(",")[2] for header in headers[1:])])
    return RawWebhook(body.encode(), {"stripe-signature": merged})


def event(kind: str, thing: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"evt_{kind}_{thing.get('status', '')}",
        "object": "event",
        "type": kind,
        "created": 1_795_000_050,
        "data": {"object": thing},
    }


_DECLINED = {"code": "card_declined", "decline_code": "insufficient_funds"}
EVENTS = {
    "action": event("payment_intent.requires_action", intent("requires_action")),
    "failed": event(
        "payment_intent.payment_failed",
        intent("requires_payment_method", last_payment_error=_DECLINED),
    ),
    "processing": event("payment_intent.processing", intent("processing")),
    "captured": event("payment_intent.succeeded", intent("succeeded")),
    "expired": event("payment_intent.canceled", intent("canceled")),
    "refund_pending": event("refund.created", refund("pending")),
    "refunded": event("refund.updated", refund("succeeded")),
    "charge_refunded": event(
        "charge.refunded", {"id": "ch_1", "object": "charge", "metadata": _IDS}
    ),
    "refund_failed": event("refund.failed", refund("failed", failure_reason="lost_or_stolen_card")),
    "dashboard_refund_pending": event(
        "refund.created", refund("pending", id="re_2", metadata={}, amount=300)
    ),
    "dashboard_refund": event(
        "refund.updated", refund("succeeded", id="re_2", metadata={}, amount=300)
    ),
    "dashboard_refund_failed": event(
        "refund.failed", refund("failed", id="re_2", metadata={}, amount=300)
    ),
    "dashboard_rest": event(
        "refund.updated", refund("succeeded", id="re_3", metadata={}, amount=999)
    )
    | {"id": "evt_rest"},
    "disputed": event("charge.dispute.created", dispute("needs_response")),
    "dispute_reviewed": event("charge.dispute.updated", dispute("under_review")),
    "dispute_won": event("charge.dispute.closed", dispute("won")),
    "dispute_lost": event("charge.dispute.closed", dispute("lost")),
    "unheard_of": event("invoice.paid", {"id": "in_1", "object": "invoice"}),
}
EVENT_LIST = ("failed", "captured", "refunded")


def _events(asked: str) -> Answer:
    """The newest first, as Stripe lists them; `ending_before` are those after an event."""
    listed = [EVENTS[name] for name in EVENT_LIST]
    before = dict(parse_qsl(urlsplit(asked).query)).get("ending_before")
    ids = [one["id"] for one in listed]
    return _json({"data": listed[ids.index(before) + 1 if before else 0 :][::-1]})


LIVES = (
    ("action", "failed", "processing", "captured"),
    ("action", "failed", "expired"),
    ("failed", "expired", "captured"),
    ("captured", "refund_pending", "refunded", "charge_refunded"),
    ("captured", "refund_pending", "refunded", "refund_failed"),
    ("captured", "dashboard_refund_pending", "dashboard_refund"),
    ("captured", "dashboard_refund", "dashboard_refund_failed"),
    ("captured", "disputed", "dispute_reviewed", "dispute_won"),
    ("captured", "disputed", "dispute_lost", "dashboard_refund"),
)
WHOLE_LIFE = (
    "action", "failed", "processing", "captured", "dashboard_refund_pending", "dashboard_refund",
    "disputed", "dispute_reviewed", "dispute_won", "dashboard_rest", "charge_refunded",
)  # fmt: skip


def _json(value: Any) -> Answer:
    return Answer(200, json.dumps(value).encode())


def _problem(status: int, code: str) -> Answer:
    problem = {"error": {"type": "invalid_request_error", "code": code, "message": f"No: {KEY}"}}
    return Answer(status, json.dumps(problem).encode())
