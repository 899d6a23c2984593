"""Stripe by PaymentIntents: the buyer's card goes from Stripe's own fields to Stripe.

Secret: `{"secret_key": "sk_…", "webhook_secrets": ["whsec_…", …], "api_base"?: …}`.
Each intent carries our ids as metadata, so whatever Stripe says later names its order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.payments import Device, Method, NextAction, ProviderEvent
from chalicelib.domain.statements import Period, StatementLine
from chalicelib.providers import _stripe_lists
from chalicelib.providers._stripe import (
    Event,
    Intent,
    Intents,
    Refund,
    Refunds,
    event_told,
    intent_found,
    refund_found,
    to_stripe,
)
from chalicelib.providers._stripe_lists import Listed
from chalicelib.providers.base import (
    EventPage,
    ProviderRefused,
    RawWebhook,
    RefundPayment,
    Secrets,
    StartedPayment,
    StartPayment,
    StatementDay,
    WebhookReply,
)
from chalicelib.providers.base_events import unknown_payment, unknown_refund
from chalicelib.providers.base_http import Absent, call
from chalicelib.providers.base_signature import read_signed

API_BASE = "https://api.stripe.com"
API_VERSION = "2025-03-31.basil"
T = TypeVar("T")


class Stripe:
    name = "stripe"
    methods: tuple[Method, ...] = ("card", "wallet", "bank")
    currencies: frozenset[str] | None = None
    devices: Mapping[Method, tuple[Device, ...]] = MappingProxyType(
        dict.fromkeys(("card", "wallet", "bank"), ("desktop", "phone"))
    )
    statement_day = StatementDay()

    def start(self, secrets: Secrets, payment: StartPayment) -> StartedPayment:
        form = {
            "amount": str(to_stripe(payment.amount)),
            "currency": payment.amount.currency.lower(),
            "metadata[order_id]": payment.order_id,
            "metadata[payment_id]": payment.payment_id,
            "metadata[order_number]": payment.order_number,
        }
        if payment.method == "card":  # otherwise what the account's dashboard switches on
            form["payment_method_types[0]"] = "card"
        intent = _post(secrets, "payment_intents", Intent, form, key=payment.payment_id)
        action = NextAction(type="client_secret", client_secret=intent.client_secret)
        return StartedPayment(reference=intent.id, next_action=action)

    def ask(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        intent = _find_intent(secrets, payment_id, reference)
        return intent_found(intent) if intent else unknown_payment(self.name, payment_id)

    def close(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        """Without a reference nobody was ever given the secret that it takes to pay."""
        intent = _find_intent(secrets, payment_id, reference)
        if intent is None:
            never = unknown_payment(self.name, payment_id)
            return msgspec.structs.replace(never, kind="payment.expired")
        try:
            intent = _post(secrets, f"payment_intents/{intent.id}/cancel", Intent, {})
        except ProviderRefused as refused:
            found = self.ask(secrets, payment_id, intent.id)
            if found.kind not in {"payment.captured", "payment.expired", "payment.canceled"}:
                raise Unavailable("The payment is on its way and cannot be stopped.") from refused
            return found
        return intent_found(intent)

    def refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent:
        form = {
            "payment_intent": refund.reference,
            "amount": str(to_stripe(refund.amount)),
            "metadata[order_id]": refund.order_id,
            "metadata[payment_id]": refund.payment_id,
            "metadata[refund_id]": refund.refund_id,
        }
        try:
            return refund_found(_post(secrets, "refunds", Refund, form, key=refund.refund_id))
        except ProviderRefused:
            # Stripe forgets a key after a day: it may be refusing what it did under the same one.
            found = self.ask_refund(secrets, refund)
            if found.kind == "refund.unknown":
                raise
            return found

    def ask_refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent:
        listed = _get(secrets, f"refunds?payment_intent={refund.reference}&limit=100", Refunds)
        for found in listed.data:
            ours = found.metadata.get("refund_id") == refund.refund_id
            if ours or found.id == refund.refund_reference:
                return refund_found(found)
        return unknown_refund(self.name, refund)

    def verify(self, secrets: Secrets, webhook: RawWebhook, now: datetime) -> ProviderEvent:
        header = webhook.headers.get("stripe-signature")
        return event_told(
            read_signed(webhook.body, header, secrets.get("webhook_secrets", ()), now, Event)
        )

    def list_events(self, secrets: Secrets, cursor: str | None, now: datetime) -> EventPage:
        def load(query: str) -> Listed:
            return _get(secrets, f"events?{query}", Listed)

        return _stripe_lists.page_of_events(load, cursor, now)

    def list_statement(self, secrets: Secrets, period: Period) -> Sequence[StatementLine]:
        def load(name: str, query: str) -> Listed:
            return _get(secrets, f"{name}?{query}", Listed)

        return _stripe_lists.statement(load, period)

    def reply(self, *, accepted: bool) -> WebhookReply:
        if accepted:
            return WebhookReply(200, '{"received": true}')
        return WebhookReply(400, '{"error": "invalid_signature"}')


def _find_intent(secrets: Secrets, payment_id: str, reference: str | None) -> Intent | None:
    """By Stripe's id, or else by ours, which its index knows within a minute."""
    try:
        if reference:
            path = f"payment_intents/{reference}?expand[0]=latest_charge"
            return _get(secrets, path, Intent)
        query = urlencode({"query": f"metadata['payment_id']:'{payment_id}'", "limit": 1})
        found = _get(secrets, f"payment_intents/search?{query}", Intents).data
    except Absent:
        return None
    return found[0] if found else None


def _get(secrets: Secrets, path: str, answers: type[T]) -> T:
    return call("GET", _url(secrets, path), _headers(secrets), answers)


def _post(
    secrets: Secrets, path: str, answers: type[T], form: Mapping[str, str], key: str | None = None
) -> T:
    headers = _headers(secrets) | ({"Idempotency-Key": key} if key else {})
    return call("POST", _url(secrets, path), headers, answers, form=form)


def _url(secrets: Secrets, path: str) -> str:
    return f"{(secrets.get('api_base') or API_BASE).rstrip('/')}/v1/{path}"


def _headers(secrets: Secrets) -> dict[str, str]:
    return {"Authorization": f"Bearer {secrets['secret_key']}", "Stripe-Version": API_VERSION}


PROVIDER = Stripe()
