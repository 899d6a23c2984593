"""Stripe's JSON for what the ledger holds: intents, charges, refunds, events."""

from collections.abc import Set as AbstractSet

from infra.local.counterparts.base_bank import PAYABLE, fee_of
from infra.local.counterparts.base_ledger import Document

API_VERSION = "2025-03-31.basil"
IN_HUNDREDTHS = frozenset({"ISK"})  # although ISO 4217 gives them no minor unit
NOTHING_EXPANDED: AbstractSet[str] = frozenset()
_ENDS = {"captured": "succeeded", "closed": "canceled", "processing": "processing"}
_EVENT_TYPES = {
    "payment.captured": "payment_intent.succeeded",
    "payment.failed": "payment_intent.payment_failed",
    "payment.expired": "payment_intent.canceled",
    "refund.succeeded": "refund.created",
    "dispute.opened": "charge.dispute.created",
    "dispute.closed": "charge.dispute.closed",
}
DECLINE = {
    "type": "card_error",
    "code": "card_declined",
    "decline_code": "generic_decline",
    "message": "Your card was declined.",
}


def units(minor: int, currency: str) -> int:
    return minor * 100 if currency in IN_HUNDREDTHS else minor


def intent(
    payment: Document, bank_url: str, expanded: AbstractSet[str] = NOTHING_EXPANDED
) -> Document:
    status, currency = _status(payment), payment["currency"]
    is_taken, is_over = status == "succeeded", status == "canceled"
    return {
        "id": payment["reference"],
        "object": "payment_intent",
        "amount": units(payment["amount_minor"], currency),
        "amount_received": units(payment["captured_minor"], currency) if is_taken else 0,
        "canceled_at": int(payment["updated_at"]) if is_over else None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": payment["client_secret"],
        "confirmation_method": "automatic",
        "created": int(payment["created"]),
        "currency": currency.lower(),
        "last_payment_error": DECLINE if payment["status"] == "declined" else None,
        "latest_charge": _latest_charge(payment, expanded) if is_taken else None,
        "livemode": False,
        "metadata": payment["metadata"],
        "next_action": _next_action(payment, bank_url) if status == "requires_action" else None,
        "payment_method_types": ["card"],
        "status": status,
    }


def _status(payment: Document) -> str:
    if payment["status"] in PAYABLE:
        return "requires_action" if payment.get("is_asked_about") else "requires_payment_method"
    return _ENDS[payment["status"]]


def _next_action(payment: Document, bank_url: str) -> Document:
    way = {"url": bank_url, "return_url": payment["return_url"]}
    return {"type": "redirect_to_url", "redirect_to_url": way}


def _latest_charge(payment: Document, expanded: AbstractSet[str]) -> Document | str:
    if "latest_charge" not in expanded:
        return _sibling(payment["reference"], "ch")
    return charge(payment, with_fee="latest_charge.balance_transaction" in expanded)


def charge(payment: Document, *, with_fee: bool = False) -> Document:
    currency, reference = payment["currency"], payment["reference"]
    taken = units(payment["captured_minor"], currency)
    returned = units(payment["refunded_minor"], currency)
    return {
        "id": _sibling(reference, "ch"),
        "object": "charge",
        "amount": taken,
        "amount_captured": taken,
        "amount_refunded": returned,
        "balance_transaction": _kept(payment) if with_fee else _sibling(reference, "txn"),
        "captured": True,
        "created": int(payment["captured_at"]),
        "currency": currency.lower(),
        "livemode": False,
        "metadata": payment["metadata"],
        "paid": True,
        "payment_intent": reference,
        "refunded": returned == taken,
        "status": "succeeded",
    }


def _kept(payment: Document) -> Document:
    """What the charge left in the account."""
    reference, currency = payment["reference"], payment["currency"]
    taken, fee = units(payment["captured_minor"], currency), units(fee_of(payment), currency)
    return {
        "id": _sibling(reference, "txn"),
        "object": "balance_transaction",
        "amount": taken,
        "created": int(payment["captured_at"]),
        "currency": currency.lower(),
        "fee": fee,
        "net": taken - fee,
        "source": _sibling(reference, "ch"),
        "status": "available",
        "type": "charge",
    }


def _sibling(reference: str, prefix: str) -> str:
    return f"{prefix}_{reference.partition('_')[2]}"


def refund(given: Document) -> Document:
    return {
        "id": given["reference"],
        "object": "refund",
        "amount": units(given["amount_minor"], given["currency"]),
        "charge": _sibling(given["payment_reference"], "ch"),
        "created": int(given["created"]),
        "currency": given["currency"].lower(),
        "metadata": given["metadata"],
        "payment_intent": given["payment_reference"],
        "reason": None,
        "status": given["status"],
    }


def dispute(claim: Document) -> Document:
    status = claim["status"]
    return {
        "id": claim["reference"],
        "object": "dispute",
        "amount": units(claim["amount_minor"], claim["currency"]),
        "charge": _sibling(claim["payment_reference"], "ch"),
        "created": int(claim["created"]),
        "currency": claim["currency"].lower(),
        "evidence_details": {"due_by": int(claim["due_by"]), "has_evidence": False},
        "livemode": False,
        "metadata": {},
        "payment_intent": claim["payment_reference"],
        "reason": "product_not_received",
        "status": "needs_response" if status == "opened" else status,
    }


def event(told: Document, bank_url: str) -> Document:
    data = told["data"]
    if told["type"] == "payment.pending":
        is_asked_about = data.get("is_asked_about")
        kind = f"payment_intent.{'requires_action' if is_asked_about else 'processing'}"
        data = data if is_asked_about else data | {"status": "processing"}
    else:
        kind = _EVENT_TYPES[told["type"]]
    return {
        "id": f"evt_{told['event_id'].removeprefix('sbe_')}",
        "object": "event",
        "api_version": API_VERSION,
        "created": int(told["created"]),
        "data": {"object": _object(told["type"], data, bank_url)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def _object(kind: str, data: Document, bank_url: str) -> Document:
    if kind.startswith("refund."):
        return refund(data)
    return dispute(data) if kind.startswith("dispute.") else intent(data, bank_url)
