"""The practice payment company of the local stage: the same five verbs, no real money.

Secret: `{"secret_key": …, "webhook_secrets": […], "api_base": …}`, written by the process itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar, get_args

import msgspec

from chalicelib.domain.money import Money
from chalicelib.domain.payments import Device, EventKind, Method, NextAction, ProviderEvent
from chalicelib.domain.statements import Period, StatementLine
from chalicelib.providers.base import (
    EventPage,
    RawWebhook,
    RefundPayment,
    Secrets,
    StartedPayment,
    StartPayment,
    StatementDay,
    ToldEvent,
    WebhookReply,
)
from chalicelib.providers.base_events import at, poll_id, unknown_payment, unknown_refund
from chalicelib.providers.base_http import Absent, call
from chalicelib.providers.base_signature import read_signed

T = TypeVar("T")
_PAGE = 100

_STATES: dict[str, EventKind] = {
    "open": "payment.pending",
    "declined": "payment.failed",
    "captured": "payment.captured",
    "closed": "payment.expired",
}
_KINDS: dict[str, EventKind] = {
    "payment.pending": "payment.pending",
    "payment.failed": "payment.failed",
    "payment.captured": "payment.captured",
    "payment.expired": "payment.expired",
    "refund.succeeded": "refund.succeeded",
}


class _Payment(msgspec.Struct):
    """As answers and events describe it; one that was closed unopened has no terms."""

    payment_id: str
    reference: str
    status: str
    updated_at: float
    captured_minor: int = 0
    amount_minor: int = 0
    currency: str | None = None
    order_id: str | None = None
    reason: str | None = None
    pay_url: str | None = None


class _Refund(msgspec.Struct):
    refund_id: str
    payment_id: str
    order_id: str
    reference: str
    payment_reference: str
    status: str
    amount_minor: int
    currency: str
    updated_at: float


class _Event(msgspec.Struct):
    event_id: str
    type: str
    created: float
    data: msgspec.Raw


class _Events(msgspec.Struct):
    items: list[msgspec.Raw]


class _Taken(_Payment):
    captured_at: float = 0.0
    fee_minor: int = 0


class _Statement(msgspec.Struct):
    payments: list[_Taken]
    refunds: list[_Refund]


class _Numbered(msgspec.Struct):
    seq: int


class Sandbox:
    name = "sandbox"
    methods: tuple[Method, ...] = get_args(Method)
    currencies: frozenset[str] | None = None
    devices: Mapping[Method, tuple[Device, ...]] = MappingProxyType({})
    statement_day = StatementDay()

    def start(self, secrets: Secrets, payment: StartPayment) -> StartedPayment:
        terms = {
            "order_id": payment.order_id,
            "order_number": payment.order_number,
            "method": payment.method,
            "amount_minor": payment.amount.amount_minor,
            "currency": payment.amount.currency,
            "return_url": payment.return_url,
            "language": payment.language,
        }
        answer = _call(secrets, "PUT", f"payments/{payment.payment_id}", _Payment, terms)
        action = NextAction(type="redirect", url=answer.pay_url)
        return StartedPayment(reference=answer.reference, next_action=action)

    def ask(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        try:
            payment = _call(secrets, "GET", f"payments/{reference or payment_id}", _Payment)
        except Absent:
            return unknown_payment(self.name, payment_id)
        return _payment_found(payment)

    def close(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        """By our id: so even a start that was never answered, or never arrived, is closed."""
        del reference
        return _payment_found(_call(secrets, "POST", f"payments/{payment_id}/close", _Payment))

    def refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent:
        asked = {"payment_id": refund.payment_id, "amount_minor": refund.amount.amount_minor}
        return _refund_found(_call(secrets, "PUT", f"refunds/{refund.refund_id}", _Refund, asked))

    def ask_refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent:
        try:
            return _refund_found(_call(secrets, "GET", f"refunds/{refund.refund_id}", _Refund))
        except Absent:
            return unknown_refund(self.name, refund)

    def verify(self, secrets: Secrets, webhook: RawWebhook, now: datetime) -> ProviderEvent:
        header = webhook.headers.get("sandbox-signature")
        return _told(
            read_signed(webhook.body, header, secrets.get("webhook_secrets", ()), now, _Event)
        )

    def list_events(self, secrets: Secrets, cursor: str | None, now: datetime) -> EventPage:
        del now
        listed = _call(secrets, "GET", f"events?after={cursor or 0}", _Events).items
        told = tuple(ToldEvent(_told(msgspec.json.decode(raw, type=_Event)), raw) for raw in listed)
        last = msgspec.json.decode(listed[-1], type=_Numbered).seq if listed else cursor
        return EventPage(
            told=told, cursor=None if last is None else str(last), more=len(listed) >= _PAGE
        )

    def list_statement(self, secrets: Secrets, period: Period) -> Sequence[StatementLine]:
        span = f"since={period.since.timestamp()}&until={period.until.timestamp()}"
        books = _call(secrets, "GET", f"statement?{span}", _Statement)
        taken = [
            StatementLine(
                kind="payment", reference=one.reference, order_id=one.order_id,
                payment_id=one.payment_id, amount=Money(one.captured_minor, one.currency or ""),
                occurred_at=at(one.captured_at), fee=Money(one.fee_minor, one.currency or ""),
            )
            for one in books.payments
        ]  # fmt: skip
        return taken + [
            StatementLine(
                kind="refund", reference=one.reference, payment_reference=one.payment_reference,
                order_id=one.order_id, payment_id=one.payment_id, refund_id=one.refund_id,
                amount=Money(one.amount_minor, one.currency), occurred_at=at(one.updated_at),
            )
            for one in books.refunds
        ]  # fmt: skip

    def reply(self, *, accepted: bool) -> WebhookReply:
        if accepted:
            return WebhookReply(200, '{"received": true}')
        return WebhookReply(401, '{"error": {"code": "invalid_signature"}}')


def _call(
    secrets: Secrets,
    method: str,
    path: str,
    answers: type[T],
    body: Mapping[str, Any] | None = None,
) -> T:
    headers = {"Authorization": f"Bearer {secrets['secret_key']}"}
    return call(method, f"{secrets['api_base']}/v1/{path}", headers, answers, body=body)


def _payment_found(payment: _Payment) -> ProviderEvent:
    return ProviderEvent(
        provider="sandbox",
        event_id=poll_id("sandbox", payment.payment_id, payment.status),
        kind=_STATES.get(payment.status),
        raw_type=payment.status,
        occurred_at=at(payment.updated_at),
        **_payment_facts(payment),
    )


def _refund_found(refund: _Refund) -> ProviderEvent:
    return ProviderEvent(
        provider="sandbox",
        event_id=poll_id("sandbox", refund.refund_id, refund.status),
        kind=_KINDS.get(f"refund.{refund.status}"),
        raw_type=refund.status,
        occurred_at=at(refund.updated_at),
        **_refund_facts(refund),
    )


def _told(event: _Event) -> ProviderEvent:
    told = ProviderEvent(
        provider="sandbox",
        event_id=event.event_id,
        kind=None,
        raw_type=event.type,
        occurred_at=at(event.created),
    )
    try:
        return msgspec.structs.replace(told, **_facts(event))
    except msgspec.MsgspecError:
        return told


def _facts(event: _Event) -> dict[str, Any]:
    kind = _KINDS.get(event.type)
    if kind is None:
        return {}
    if kind.startswith("refund."):
        return {"kind": kind, **_refund_facts(msgspec.json.decode(event.data, type=_Refund))}
    return {"kind": kind, **_payment_facts(msgspec.json.decode(event.data, type=_Payment))}


def _payment_facts(payment: _Payment) -> dict[str, Any]:
    is_paid = payment.status == "captured"
    minor = payment.captured_minor if is_paid else payment.amount_minor
    return {
        "order_id": payment.order_id,
        "payment_id": payment.payment_id,
        "reference": payment.reference,
        "amount": Money(minor, payment.currency) if payment.currency else None,
        "reason": payment.reason,
    }


def _refund_facts(refund: _Refund) -> dict[str, Any]:
    return {
        "order_id": refund.order_id,
        "payment_id": refund.payment_id,
        "reference": refund.payment_reference,
        "refund_id": refund.refund_id,
        "refund_reference": refund.reference,
        "amount": Money(refund.amount_minor, refund.currency),
    }


PROVIDER = Sandbox()
