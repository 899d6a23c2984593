"""What Stripe's objects and events say, in Docket's words. Private to `stripe.py`."""

from typing import Any

import msgspec

from chalicelib.domain.money import Money
from chalicelib.domain.payments import EventKind, ProviderEvent
from chalicelib.providers.base import ProviderRefused
from chalicelib.providers.base_events import at, poll_id

_STATES: dict[str, EventKind] = {
    "requires_capture": "payment.authorized",
    "succeeded": "payment.captured",
    "canceled": "payment.canceled",
}
_INTENT_EVENTS: dict[str, EventKind] = {
    "payment_intent.requires_action": "payment.pending",
    "payment_intent.processing": "payment.pending",
    "payment_intent.amount_capturable_updated": "payment.authorized",
    "payment_intent.succeeded": "payment.captured",
    "payment_intent.payment_failed": "payment.failed",
    "payment_intent.canceled": "payment.canceled",
}
_REFUND_EVENTS = frozenset(
    {"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}
)
_REFUND_STATES: dict[str, EventKind] = {
    "pending": "refund.pending",
    "requires_action": "refund.pending",
    "succeeded": "refund.succeeded",
    "failed": "refund.failed",
    "canceled": "refund.failed",
}
_DISPUTE_EVENTS = frozenset(
    {"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"}
)
EVENT_TYPES = (*_INTENT_EVENTS, *sorted(_REFUND_EVENTS), *sorted(_DISPUTE_EVENTS))
_DISPUTE_ENDS = {"won": True, "warning_closed": True, "prevented": True, "lost": False}
# Canceled by `close` (no reason) or by Stripe for its age, rather than by somebody's decision.
_RAN_OUT = frozenset({None, "abandoned", "automatic", "expired"})


class _Failure(msgspec.Struct):
    code: str | None = None
    decline_code: str | None = None


class _Charge(msgspec.Struct):
    created: int = 0


class Intent(msgspec.Struct):
    id: str
    amount: int
    currency: str
    created: int = 0
    status: str = ""
    amount_received: int = 0
    metadata: dict[str, str] = {}
    client_secret: str | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    last_payment_error: _Failure | None = None
    latest_charge: _Charge | str | None = None


class Refund(msgspec.Struct):
    id: str
    amount: int
    currency: str
    status: str
    created: int = 0
    payment_intent: str | None = None
    metadata: dict[str, str] = {}
    failure_reason: str | None = None


class _Evidence(msgspec.Struct):
    due_by: int | None = None


class _Dispute(msgspec.Struct):
    id: str
    amount: int
    currency: str
    status: str = ""
    reason: str = ""
    payment_intent: str | None = None
    evidence_details: _Evidence = msgspec.field(default_factory=_Evidence)


class Refunds(msgspec.Struct):
    data: list[Refund] = []


class Intents(msgspec.Struct):
    data: list[Intent] = []


class _RefundedCharge(msgspec.Struct):
    refunds: Refunds | None = None


class _Data(msgspec.Struct):
    object: msgspec.Raw


class Event(msgspec.Struct):
    id: str
    type: str
    created: int
    data: _Data


def event_told(event: Event) -> ProviderEvent:
    told = ProviderEvent(
        provider="stripe",
        event_id=event.id,
        kind=None,
        raw_type=event.type,
        occurred_at=at(event.created),
    )
    try:
        return msgspec.structs.replace(told, **_facts_of(event.type, event.data.object))
    except msgspec.MsgspecError:
        return told  # genuine, but not of a shape we know: kept, and found out by asking


def _facts_of(kind: str, thing: msgspec.Raw) -> dict[str, Any]:
    """What an event changes of a `ProviderEvent`: nothing, when it is none of ours."""
    if kind in _INTENT_EVENTS:
        return _intent_facts(msgspec.json.decode(thing, type=Intent), _INTENT_EVENTS[kind])
    if kind in _REFUND_EVENTS:
        return _refund_facts(msgspec.json.decode(thing, type=Refund))
    if kind in _DISPUTE_EVENTS:
        return _dispute_facts(msgspec.json.decode(thing, type=_Dispute))
    if kind == "charge.refunded":  # names its refunds in old API versions only
        refunds = msgspec.json.decode(thing, type=_RefundedCharge).refunds
        return _refund_facts(refunds.data[0]) if refunds and refunds.data else {}
    return {}


def _intent_facts(intent: Intent, kind: EventKind) -> dict[str, Any]:
    if kind == "payment.canceled" and intent.cancellation_reason in _RAN_OUT:
        kind = "payment.expired"
    taken = intent.amount_received if kind == "payment.captured" else 0
    failure = intent.last_payment_error if kind == "payment.failed" else None
    return {
        "kind": kind,
        "order_id": intent.metadata.get("order_id"),
        "payment_id": intent.metadata.get("payment_id"),
        "reference": intent.id,
        "amount": from_stripe(taken or intent.amount, intent.currency),
        "reason": failure and (failure.decline_code or failure.code),
    }


def _refund_facts(refund: Refund) -> dict[str, Any]:
    """One made in Stripe's dashboard carries none of our ids, only the payment's reference."""
    return {
        "kind": _REFUND_STATES.get(refund.status),
        "order_id": refund.metadata.get("order_id"),
        "payment_id": refund.metadata.get("payment_id"),
        "reference": refund.payment_intent,
        "amount": from_stripe(refund.amount, refund.currency),
        "refund_id": refund.metadata.get("refund_id"),
        "refund_reference": refund.id,
        "reason": refund.failure_reason,
    }


def _dispute_facts(dispute: _Dispute) -> dict[str, Any]:
    """It carries none of our ids, only the payment's reference."""
    due_by = dispute.evidence_details.due_by
    return {
        "kind": "dispute.closed" if dispute.status in _DISPUTE_ENDS else "dispute.opened",
        "reference": dispute.payment_intent,
        "dispute_reference": dispute.id,
        "amount": from_stripe(dispute.amount, dispute.currency),
        "reason": dispute.reason or None,
        "evidence_due_at": at(due_by) if due_by else None,
        "won": _DISPUTE_ENDS.get(dispute.status),
    }


def intent_found(intent: Intent) -> ProviderEvent:
    kind = _STATES.get(intent.status, "payment.pending")
    if intent.status == "requires_payment_method" and intent.last_payment_error:
        kind = "payment.failed"
    facts = _intent_facts(intent, kind)
    charged_at = intent.latest_charge.created if isinstance(intent.latest_charge, _Charge) else 0
    return ProviderEvent(
        provider="stripe",
        event_id=poll_id("stripe", intent.id, facts["kind"]),
        raw_type=intent.status,
        occurred_at=at(intent.canceled_at or charged_at or intent.created),
        **facts,
    )


def refund_found(refund: Refund) -> ProviderEvent:
    return ProviderEvent(
        provider="stripe",
        event_id=poll_id("stripe", refund.id, refund.status),
        raw_type=refund.status,
        occurred_at=at(refund.created),
        **_refund_facts(refund),
    )


# Stripe counts these in hundredths although ISO 4217 gives them no minor unit.
_IN_HUNDREDTHS = frozenset({"ISK"})
# Of a thousandth Stripe takes only tens.
_IN_THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_stripe(amount: Money) -> int:
    if amount.currency in _IN_THOUSANDTHS and amount.amount_minor % 10:
        raise ProviderRefused(f"Stripe takes {amount.currency} only in steps of 0.010.")
    return amount.amount_minor * (100 if amount.currency in _IN_HUNDREDTHS else 1)


def from_stripe(amount: int, currency: str) -> Money:
    code = currency.upper()
    return Money(amount // (100 if code in _IN_HUNDREDTHS else 1), code)
