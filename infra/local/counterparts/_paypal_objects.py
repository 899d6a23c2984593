"""PayPal's JSON for what the ledger holds: orders, captures, refunds, events."""

from datetime import UTC, datetime

from infra.local.counterparts.base_ledger import Document

WHOLE = frozenset({"HUF", "JPY", "TWD"})
_EVENT_TYPES = {
    "payment.approved": ("checkout-order", "CHECKOUT.ORDER.APPROVED"),
    "payment.captured": ("capture", "PAYMENT.CAPTURE.COMPLETED"),
    "refund.succeeded": ("refund", "PAYMENT.CAPTURE.REFUNDED"),
}


def amount(minor: int, currency: str) -> Document:
    if currency in WHOLE:
        return {"currency_code": currency, "value": str(minor // minor_units(currency))}
    return {"currency_code": currency, "value": f"{minor // 100}.{minor % 100:02d}"}


def minor_units(currency: str) -> int:
    """How many minor units of ISO 4217 PayPal's 1 is. PayPal knows no thousandths."""
    return 1 if currency == "JPY" else 100


def order(payment: Document, refunds: list[Document], api_base: str, pay_url: str) -> Document:
    reference = payment["reference"]
    unit = {
        "reference_id": "default",
        "custom_id": payment["custom_id"],
        "invoice_id": payment["invoice_id"],
        "amount": amount(payment["amount_minor"], payment["currency"]),
    }
    if payment["status"] == "captured":
        unit["payments"] = {
            "captures": [capture(payment)],
            "refunds": [refund(given, api_base) for given in refunds],
        }
    return {
        "id": reference,
        "intent": "CAPTURE",
        "status": _status(payment["status"]),
        "purchase_units": [unit],
        "update_time": _time(payment["updated_at"]),
        "links": [
            {"href": f"{api_base}/v2/checkout/orders/{reference}", "rel": "self", "method": "GET"},
            {"href": pay_url, "rel": "payer-action", "method": "GET"},
        ],
    }


def _status(status: str) -> str:
    return {"approved": "APPROVED", "captured": "COMPLETED"}.get(status, "PAYER_ACTION_REQUIRED")


def capture_id(reference: str) -> str:
    return f"{reference[:-1]}C"


def capture(payment: Document) -> Document:
    taken, returned = payment["captured_minor"], payment["refunded_minor"]
    partly = "PARTIALLY_REFUNDED" if returned else "COMPLETED"
    return {
        "id": capture_id(payment["reference"]),
        "status": "REFUNDED" if returned >= taken else partly,
        "amount": amount(taken, payment["currency"]),
        "final_capture": True,
        "custom_id": payment["custom_id"],
        "invoice_id": payment["invoice_id"],
        "supplementary_data": {"related_ids": {"order_id": payment["reference"]}},
        "update_time": _time(payment["captured_at"]),
    }


def refund(given: Document, api_base: str) -> Document:
    up = f"{api_base}/v2/payments/captures/{capture_id(given['payment_reference'])}"
    return {
        "id": given["reference"],
        "status": "COMPLETED",
        "amount": amount(given["amount_minor"], given["currency"]),
        "custom_id": given["custom_id"],
        "invoice_id": given["invoice_id"],
        "update_time": _time(given["updated_at"]),
        "links": [{"href": up, "rel": "up", "method": "GET"}],
    }


def event(told: Document, api_base: str, pay_url: str) -> Document | None:
    """None for what PayPal says nothing about."""
    if told["type"] not in _EVENT_TYPES:
        return None
    resource_type, event_type = _EVENT_TYPES[told["type"]]
    data = told["data"]
    if resource_type == "checkout-order":
        resource = order(data | {"status": "approved"}, [], api_base, pay_url)
    else:
        resource = refund(data, api_base) if resource_type == "refund" else capture(data)
    return {
        "id": f"WH-{told['event_id'].removeprefix('sbe_').upper()}",
        "event_version": "1.0",
        "create_time": _time(told["created"]),
        "resource_type": resource_type,
        "resource_version": "2.0",
        "event_type": event_type,
        "summary": event_type.replace(".", " ").capitalize(),
        "resource": resource,
        "links": [],
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
