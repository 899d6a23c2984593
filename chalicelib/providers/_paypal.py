"""What PayPal's objects and events say, in Docket's words. Private to `paypal.py`."""

from typing import Any

import msgspec

from chalicelib.domain.payments import EventKind, ProviderEvent
from chalicelib.providers._paypal_objects import (
    Capture,
    Dispute,
    Event,
    Order,
    Refund,
    ToldOrder,
    Unit,
    money,
    named,
)
from chalicelib.providers.base_events import poll_id

NAME = "paypal"
_ORDER_STATES: dict[str, EventKind] = {
    "CREATED": "payment.pending",
    "SAVED": "payment.pending",
    "PAYER_ACTION_REQUIRED": "payment.pending",
    "APPROVED": "payment.approved",
    "VOIDED": "payment.expired",
}
_CAPTURE_STATES: dict[str, EventKind] = {
    "PENDING": "payment.pending",
    "COMPLETED": "payment.captured",
    "PARTIALLY_REFUNDED": "payment.captured",
    "REFUNDED": "payment.captured",
    "DECLINED": "payment.failed",
    "DENIED": "payment.failed",
    "FAILED": "payment.failed",
}
_REFUND_STATES: dict[str, EventKind] = {
    "PENDING": "refund.pending",
    "COMPLETED": "refund.succeeded",
    "FAILED": "refund.failed",
    "CANCELLED": "refund.failed",
}
_ORDER_EVENTS: dict[str, EventKind] = {
    "CHECKOUT.ORDER.APPROVED": "payment.approved",
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": "payment.expired",
}
_CAPTURE_EVENTS: dict[str, EventKind] = {
    "PAYMENT.CAPTURE.PENDING": "payment.pending",
    "PAYMENT.CAPTURE.COMPLETED": "payment.captured",
    "PAYMENT.CAPTURE.DENIED": "payment.failed",
    "PAYMENT.CAPTURE.DECLINED": "payment.failed",
}
_REFUND_EVENTS: dict[str, EventKind] = {
    "PAYMENT.CAPTURE.REFUNDED": "refund.succeeded",
    "PAYMENT.REFUND.PENDING": "refund.pending",
    "PAYMENT.REFUND.FAILED": "refund.failed",
}
_DISPUTE_EVENTS: dict[str, EventKind] = {
    "CUSTOMER.DISPUTE.CREATED": "dispute.opened",
    "CUSTOMER.DISPUTE.RESOLVED": "dispute.closed",
}
_WON = frozenset({"RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER", "DENIED"})


def facts_of(event: Event) -> dict[str, Any]:
    """What an event changes of a `ProviderEvent`: nothing, when it is none of ours."""
    kind, thing = event.event_type, event.resource
    if kind in _ORDER_EVENTS:
        return _told_facts(msgspec.json.decode(thing, type=ToldOrder), _ORDER_EVENTS[kind])
    if kind in _CAPTURE_EVENTS:
        return _capture_facts(msgspec.json.decode(thing, type=Capture), _CAPTURE_EVENTS[kind])
    if kind in _REFUND_EVENTS:
        return _refund_facts(msgspec.json.decode(thing, type=Refund), _REFUND_EVENTS[kind])
    if kind in _DISPUTE_EVENTS:
        return _dispute_facts(msgspec.json.decode(thing, type=Dispute), _DISPUTE_EVENTS[kind])
    if kind == "PAYMENT.CAPTURE.REVERSED":
        return _reversal_facts(msgspec.json.decode(thing, type=Refund))
    return {}


def _told_facts(order: ToldOrder, kind: EventKind) -> dict[str, Any]:
    unit = order.purchase_units[0] if order.purchase_units else Unit()
    facts = {"kind": kind, "reference": order.id or order.order_id, "ask_first": True}
    return {**facts, **named(unit.custom_id), "amount": unit.amount and money(unit.amount)}


def _capture_facts(capture: Capture, kind: EventKind) -> dict[str, Any]:
    return {
        **named(capture.custom_id),
        "kind": kind,
        "reference": capture.supplementary_data.related_ids.order_id,
        "amount": money(capture.amount),
        "reason": capture.status_details.reason if kind == "payment.failed" else None,
        "ask_first": True,
    }


def _refund_facts(refund: Refund, kind: EventKind) -> dict[str, Any]:
    """One made on PayPal's site carries the payment's `custom_id`, so no refund_id."""
    return {
        **named(refund.custom_id),
        "kind": kind,
        "amount": money(refund.amount),
        "refund_reference": refund.id,
        "reason": refund.status_details.reason if kind == "refund.failed" else None,
        "ask_first": True,
    }


def _dispute_facts(dispute: Dispute, kind: EventKind) -> dict[str, Any]:
    """Known by the capture that it is about, which is all that a reversal names."""
    about = dispute.disputed_transactions[0] if dispute.disputed_transactions else None
    return {
        **named(about.custom if about else ""),
        "kind": kind,
        "dispute_reference": about.seller_transaction_id if about else dispute.dispute_id,
        "amount": dispute.dispute_amount and money(dispute.dispute_amount),
        "reason": dispute.reason or None,
        "evidence_due_at": dispute.seller_response_due_date,
        "won": dispute.dispute_outcome.outcome_code in _WON if kind == "dispute.closed" else None,
    }


def _reversal_facts(reversal: Refund) -> dict[str, Any]:
    """The buyer's bank took the money back, with a dispute of its own or before its word."""
    return {
        **named(reversal.custom_id),
        "kind": "dispute.opened",
        "dispute_reference": reversal.capture_id or reversal.id,
        "amount": money(reversal.amount),
        "reason": "reversed",
    }


def order_found(order: Order) -> ProviderEvent:
    """What PayPal says of an order when it is asked: its capture, where there is one."""
    capture = order.capture
    state = capture.status if capture else order.status
    known = _CAPTURE_STATES if capture else _ORDER_STATES
    amount = capture.amount if capture else order.unit.amount
    ours = named(order.unit.custom_id)
    kind = known.get(state, "payment.pending")
    return ProviderEvent(
        provider=NAME,
        event_id=poll_id(NAME, order.id, state),
        kind=kind,
        raw_type=state,
        occurred_at=capture.update_time if capture else order.update_time,
        reference=order.id,
        order_id=ours.get("order_id"),
        payment_id=ours.get("payment_id"),
        amount=money(amount) if amount else None,
        reason=capture.status_details.reason if capture and kind == "payment.failed" else None,
    )


def refund_found(refund: Refund, reference: str) -> ProviderEvent:
    facts = _refund_facts(refund, _REFUND_STATES.get(refund.status, "refund.pending"))
    return ProviderEvent(
        provider=NAME,
        event_id=poll_id(NAME, refund.id, refund.status),
        raw_type=refund.status,
        occurred_at=refund.update_time,
        **{**facts, "reference": reference, "ask_first": False},
    )
