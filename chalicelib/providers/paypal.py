"""PayPal by Orders v2: the buyer approves on PayPal's page, then the money is ours to capture.

Secret: `{"client_id": …, "client_secret": …, "webhook_id": …, "api_base"?: …, "cert_pem"?: …}`;
`webhook_id` may be a list while a webhook is being replaced. An event's signature covers only a
CRC of its body, so no event is believed before the order was read at PayPal (`ask_first`).
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.payments import Device, Method, NextAction, ProviderEvent
from chalicelib.providers import _paypal_events
from chalicelib.providers._paypal import order_found, refund_found
from chalicelib.providers._paypal_events import Listed
from chalicelib.providers._paypal_objects import CURRENCIES, Event, Order, Refund, ids_of, to_paypal
from chalicelib.providers._paypal_signature import require_signed
from chalicelib.providers._paypal_token import forget_token, token
from chalicelib.providers.base import (
    EventPage,
    InvalidSignature,
    ProviderRefused,
    RawWebhook,
    RefundPayment,
    Secrets,
    StartedPayment,
    StartPayment,
    WebhookReply,
)
from chalicelib.providers.base_events import poll_id, unknown_payment, unknown_refund
from chalicelib.providers.base_http import Absent, call

API_BASE = "https://api-m.paypal.com"
_APPROVE = frozenset({"approve", "payer-action"})
T = TypeVar("T")


class PayPal:
    name = "paypal"
    methods: tuple[Method, ...] = ("wallet",)
    currencies: frozenset[str] | None = CURRENCIES
    devices: Mapping[Method, tuple[Device, ...]] = MappingProxyType(
        {"wallet": ("desktop", "phone")}
    )

    def start(self, secrets: Secrets, payment: StartPayment) -> StartedPayment:
        order = _post(
            secrets, "checkout/orders", Order, _order_for(payment), key=payment.payment_id
        )
        url = next((link.href for link in order.links if link.rel in _APPROVE), None)
        if url is None:
            raise Unavailable("PayPal gave no page to pay on.")
        return StartedPayment(reference=order.id, next_action=NextAction(type="redirect", url=url))

    def ask(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        """Without a reference nobody was ever given the page that it takes to pay."""
        order = _find_order(secrets, reference)
        return _understood(order) if order else unknown_payment(self.name, payment_id)

    def capture(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        """Take what was approved. PayPal takes it once, however often it is told to."""
        try:
            path = f"checkout/orders/{quote(reference or '', safe='')}/capture"
            return _understood(_post(secrets, path, Order, {}))
        except ProviderRefused as refused:
            found = self.ask(secrets, payment_id, reference)
            if found.kind in {"payment.captured", "payment.failed", "payment.expired"}:
                return found
            return msgspec.structs.replace(
                found,
                kind="payment.failed",
                event_id=poll_id(self.name, found.reference or payment_id, refused.detail),
                reason=refused.detail.lower(),
            )

    def close(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        """An order cannot be withdrawn at PayPal, but nobody is charged unless we capture it."""
        found = self.ask(secrets, payment_id, reference)
        if found.kind == "payment.captured":
            return found
        if found.raw_type == "PENDING":
            raise Unavailable("The payment is on its way and cannot be stopped.")
        return msgspec.structs.replace(
            found,
            kind="payment.expired",
            event_id=poll_id(self.name, reference or payment_id, "closed"),
        )

    def refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent:
        """PayPal forgets a key within days, so what was given back under it is looked up before."""
        order = _find_order(secrets, refund.reference)
        if order is None or order.capture is None:
            raise ProviderRefused("NOTHING_CAPTURED")
        given = _refund_in(order, refund)
        if given is None:
            body = {
                "amount": to_paypal(refund.amount),
                "custom_id": f"{ids_of(refund)}/{refund.refund_id}",
                "invoice_id": refund.refund_id,
            }
            path = f"payments/captures/{order.capture.id}/refund"
            given = _post(secrets, path, Refund, body, key=refund.refund_id)
        return refund_found(given, order.id)

    def ask_refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent:
        order = _find_order(secrets, refund.reference)
        given = _refund_in(order, refund) if order else None
        if order is None or given is None:
            return unknown_refund(self.name, refund)
        return refund_found(given, order.id)

    def verify(self, secrets: Secrets, webhook: RawWebhook, now: datetime) -> ProviderEvent:
        require_signed(secrets, webhook, now)
        try:
            event = msgspec.json.decode(webhook.body, type=Event)
        except msgspec.MsgspecError as error:
            raise InvalidSignature("What was signed is not an event.") from error
        return _paypal_events.event_told(event)

    def list_events(self, secrets: Secrets, cursor: str | None, now: datetime) -> EventPage:
        def load(query: str) -> Listed:
            path = f"notifications/webhooks-events?{query}"
            return _call(secrets, "GET", path, Listed, version="v1")

        return _paypal_events.page_of_events(load, cursor, now)

    def reply(self, *, accepted: bool) -> WebhookReply:
        if accepted:
            return WebhookReply(200, '{"received": true}')
        return WebhookReply(400, '{"error": "invalid_signature"}')


def _order_for(payment: StartPayment) -> dict[str, Any]:
    experience = {
        "return_url": payment.return_url,
        "cancel_url": payment.return_url,
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "locale": "zh-CN" if payment.language.startswith("zh") else "en-US",
    }
    unit = {
        "custom_id": ids_of(payment),
        "invoice_id": payment.payment_id,
        "description": f"Order {payment.order_number}",
        "amount": to_paypal(payment.amount),
    }
    return {
        "intent": "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": experience}},
    }


def _find_order(secrets: Secrets, reference: str | None) -> Order | None:
    if not reference:
        return None
    try:
        return _call(secrets, "GET", f"checkout/orders/{quote(reference, safe='')}", Order)
    except Absent:
        return None


def _understood(order: Order) -> ProviderEvent:
    try:
        return order_found(order)
    except msgspec.MsgspecError as error:
        raise Unavailable("PayPal's answer makes no sense.") from error


def _refund_in(order: Order, refund: RefundPayment) -> Refund | None:
    ours = f"{ids_of(refund)}/{refund.refund_id}"
    for given in order.unit.payments.refunds:
        is_theirs = not refund.refund_id and given.id == refund.refund_reference
        if is_theirs or given.custom_id == ours:
            return given
    return None


def _post(
    secrets: Secrets, path: str, answers: type[T], body: Mapping[str, Any], key: str | None = None
) -> T:
    return _call(secrets, "POST", path, answers, body, key)


def _call(
    secrets: Secrets,
    method: str,
    path: str,
    answers: type[T],
    body: Mapping[str, Any] | None = None,
    key: str | None = None,
    version: str = "v2",
) -> T:
    base = (secrets.get("api_base") or API_BASE).rstrip("/")
    headers = {
        "Authorization": f"Bearer {token(base, secrets)}",
        "Prefer": "return=representation",
    }
    if key:
        headers["PayPal-Request-Id"] = key
    try:
        return call(method, f"{base}/{version}/{path}", headers, answers, body=body)
    except Unavailable:
        forget_token(base, secrets)  # it may be what was not accepted
        raise


PROVIDER = PayPal()
