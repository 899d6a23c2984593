"""What PayPal's objects and events say, in Docket's words. Private to `paypal.py`.

Our ids travel as `custom_id`: `<order_id>/<payment_id>`, of a refund with `/<refund_id>` behind.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from chalicelib.domain.money import EXPONENTS, Money
from chalicelib.domain.payments import EventKind, ProviderEvent
from chalicelib.providers.base import ProviderRefused, RefundPayment, StartPayment
from chalicelib.providers.base_events import poll_id

NAME = "paypal"
_EARLIEST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
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


class Amount(msgspec.Struct):
    currency_code: str
    value: str


class Link(msgspec.Struct):
    href: str
    rel: str


class _Details(msgspec.Struct):
    reason: str | None = None


class _Related(msgspec.Struct):
    order_id: str | None = None


class _Supplement(msgspec.Struct):
    related_ids: _Related = msgspec.field(default_factory=_Related)


class Capture(msgspec.Struct):
    id: str
    status: str
    amount: Amount
    custom_id: str = ""
    update_time: datetime = _EARLIEST
    status_details: _Details = msgspec.field(default_factory=_Details)
    supplementary_data: _Supplement = msgspec.field(default_factory=_Supplement)


class Refund(msgspec.Struct):
    id: str
    status: str
    amount: Amount
    custom_id: str = ""
    update_time: datetime = _EARLIEST
    status_details: _Details = msgspec.field(default_factory=_Details)
    links: list[Link] = []

    @property
    def capture_id(self) -> str | None:
        """Of the payment that it goes back to: the end of the link `up`."""
        return next((link.href.rpartition("/")[2] for link in self.links if link.rel == "up"), None)


class _Payments(msgspec.Struct):
    captures: list[Capture] = []
    refunds: list[Refund] = []


class _Unit(msgspec.Struct):
    custom_id: str = ""
    amount: Amount | None = None
    payments: _Payments = msgspec.field(default_factory=_Payments)


class Order(msgspec.Struct):
    id: str
    status: str
    purchase_units: list[_Unit] = []
    links: list[Link] = []
    update_time: datetime = _EARLIEST

    @property
    def unit(self) -> _Unit:
        return self.purchase_units[0] if self.purchase_units else _Unit()

    @property
    def capture(self) -> Capture | None:
        """The last one: those before it were declined."""
        captures = self.unit.payments.captures
        return captures[-1] if captures else None


class _ToldOrder(msgspec.Struct):
    """As events describe it: a reversed approval has no `id`."""

    id: str = ""
    order_id: str = ""
    purchase_units: list[_Unit] = []


class _Disputed(msgspec.Struct):
    seller_transaction_id: str
    custom: str = ""


class _Outcome(msgspec.Struct):
    outcome_code: str = ""


class _Dispute(msgspec.Struct):
    dispute_id: str
    disputed_transactions: list[_Disputed]
    dispute_amount: Amount | None = None
    reason: str = ""
    seller_response_due_date: datetime | None = None
    dispute_outcome: _Outcome = msgspec.field(default_factory=_Outcome)


class Event(msgspec.Struct):
    id: str
    event_type: str
    create_time: datetime
    resource: msgspec.Raw


def to_paypal(amount: Money) -> dict[str, str]:
    """In a decimal string; a few currencies have no decimals at PayPal whatever ISO 4217 says."""
    whole = 10 ** EXPONENTS[amount.currency]
    if amount.currency not in _WHOLE:
        return {"currency_code": amount.currency, "value": amount.decimal()}
    if amount.amount_minor % whole:
        raise ProviderRefused(f"PayPal takes {amount.currency} only in whole units.")
    return {"currency_code": amount.currency, "value": str(amount.amount_minor // whole)}


_WHOLE = frozenset({"HUF", "JPY", "TWD"})


def _money(amount: Amount) -> Money:
    """Raises `ValidationError` for what is no amount, as the decoder does for other nonsense."""
    try:
        minor = Decimal(amount.value).scaleb(EXPONENTS[amount.currency_code])
        if minor != int(minor):
            raise msgspec.ValidationError("an amount between two minor units")
        return Money(int(minor), amount.currency_code)
    except (InvalidOperation, KeyError, OverflowError, ValueError) as error:
        raise msgspec.ValidationError("not an amount") from error


def ids_of(payment: StartPayment | RefundPayment) -> str:
    return f"{payment.order_id}/{payment.payment_id}"


def _named(custom_id: str) -> dict[str, str]:
    names = ("order_id", "payment_id", "refund_id")
    return dict(zip(names, custom_id.split("/"), strict=False)) if "/" in custom_id else {}


def facts_of(event: Event) -> dict[str, Any]:
    """What an event changes of a `ProviderEvent`: nothing, when it is none of ours."""
    kind, thing = event.event_type, event.resource
    if kind in _ORDER_EVENTS:
        return _told_facts(msgspec.json.decode(thing, type=_ToldOrder), _ORDER_EVENTS[kind])
    if kind in _CAPTURE_EVENTS:
        return _capture_facts(msgspec.json.decode(thing, type=Capture), _CAPTURE_EVENTS[kind])
    if kind in _REFUND_EVENTS:
        return _refund_facts(msgspec.json.decode(thing, type=Refund), _REFUND_EVENTS[kind])
    if kind in _DISPUTE_EVENTS:
        return _dispute_facts(msgspec.json.decode(thing, type=_Dispute), _DISPUTE_EVENTS[kind])
    if kind == "PAYMENT.CAPTURE.REVERSED":
        return _reversal_facts(msgspec.json.decode(thing, type=Refund))
    return {}


def _told_facts(order: _ToldOrder, kind: EventKind) -> dict[str, Any]:
    unit = order.purchase_units[0] if order.purchase_units else _Unit()
    facts = {"kind": kind, "reference": order.id or order.order_id, "ask_first": True}
    return {**facts, **_named(unit.custom_id), "amount": unit.amount and _money(unit.amount)}


def _capture_facts(capture: Capture, kind: EventKind) -> dict[str, Any]:
    return {
        **_named(capture.custom_id),
        "kind": kind,
        "reference": capture.supplementary_data.related_ids.order_id,
        "amount": _money(capture.amount),
        "reason": capture.status_details.reason if kind == "payment.failed" else None,
        "ask_first": True,
    }


def _refund_facts(refund: Refund, kind: EventKind) -> dict[str, Any]:
    """One made on PayPal's site carries the payment's `custom_id`, so no refund_id."""
    return {
        **_named(refund.custom_id),
        "kind": kind,
        "amount": _money(refund.amount),
        "refund_reference": refund.id,
        "reason": refund.status_details.reason if kind == "refund.failed" else None,
        "ask_first": True,
    }


def _dispute_facts(dispute: _Dispute, kind: EventKind) -> dict[str, Any]:
    """Known by the capture that it is about, which is all that a reversal names."""
    about = dispute.disputed_transactions[0] if dispute.disputed_transactions else None
    return {
        **_named(about.custom if about else ""),
        "kind": kind,
        "dispute_reference": about.seller_transaction_id if about else dispute.dispute_id,
        "amount": dispute.dispute_amount and _money(dispute.dispute_amount),
        "reason": dispute.reason or None,
        "evidence_due_at": dispute.seller_response_due_date,
        "won": dispute.dispute_outcome.outcome_code in _WON if kind == "dispute.closed" else None,
    }


def _reversal_facts(reversal: Refund) -> dict[str, Any]:
    """The buyer's bank took the money back, with a dispute of its own or before its word."""
    return {
        **_named(reversal.custom_id),
        "kind": "dispute.opened",
        "dispute_reference": reversal.capture_id or reversal.id,
        "amount": _money(reversal.amount),
        "reason": "reversed",
    }


def order_found(order: Order) -> ProviderEvent:
    """What PayPal says of an order when it is asked: its capture, where there is one."""
    capture = order.capture
    state = capture.status if capture else order.status
    known = _CAPTURE_STATES if capture else _ORDER_STATES
    amount = capture.amount if capture else order.unit.amount
    named = _named(order.unit.custom_id)
    kind = known.get(state, "payment.pending")
    return ProviderEvent(
        provider=NAME,
        event_id=poll_id(NAME, order.id, state),
        kind=kind,
        raw_type=state,
        occurred_at=capture.update_time if capture else order.update_time,
        reference=order.id,
        order_id=named.get("order_id"),
        payment_id=named.get("payment_id"),
        amount=_money(amount) if amount else None,
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
