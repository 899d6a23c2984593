"""What payment providers tell us unasked: verified, remembered once, folded into the order."""

from datetime import datetime

import msgspec

from chalicelib.domain.errors import NotFound
from chalicelib.domain.orders import Actor, Order
from chalicelib.domain.payments import ProviderEvent
from chalicelib.observability import count, logger
from chalicelib.providers.base import (
    InvalidSignature,
    ProviderRefused,
    RawWebhook,
    Secrets,
    WebhookReply,
)
from chalicelib.services import (
    forgeries,
    payments,
    provider_events,
    provider_words,
    refunds,
    rules,
)
from chalicelib.services.provider_events import NotTaken
from chalicelib.store import webhook_inbox
from chalicelib.store.client import TransactionRefused, Write
from chalicelib.store.order_files import OrderFile
from chalicelib.store.webhook_inbox import Verdict

# What is larger is nobody's event, and not worth a signature's arithmetic.
RAW_BYTES_MAX = 256_000


def receive(provider_name: str, raw: RawWebhook, now: datetime) -> WebhookReply:
    """The provider's own reply, whether the event was news, a repeat or forged.

    Raises `NotFound` for a provider that Docket does not know.
    """
    provider = payments.provider_named(provider_name)
    try:
        _require_size(raw)
        event = provider.verify(_secrets_of(provider_name), raw, now)
    except InvalidSignature as refused:
        forgeries.note(provider_name, refused.detail, now)
        return provider.reply(accepted=False)
    count("WebhookLagSeconds", max((now - event.occurred_at).total_seconds(), 0))
    take(event, raw.body, now)
    return provider.reply(accepted=True)


def _secrets_of(provider_name: str) -> Secrets:
    """Without a secret nobody's signature is good, and the refusal is the provider's own."""
    secrets = payments.secrets_of(provider_name)
    if secrets is None:
        raise InvalidSignature("The provider is not set up here.")
    return secrets


def _require_size(raw: RawWebhook) -> None:
    if len(raw.body) > RAW_BYTES_MAX:
        raise InvalidSignature("It is too large to be an event.")


def take(event: ProviderEvent, raw: bytes, now: datetime) -> Verdict:
    """Remember an event and fold it into its order, once, however it came to us."""
    if event.kind is None:
        return _kept(event, raw, "ignored", now)
    event = named(event)
    try:
        order = fold(event, webhook_inbox.record(event, raw, "applied", now), now)
    except NotFound:
        return _kept(event, raw, "orphan", now)
    except TransactionRefused:
        logger.info("event repeated", extra={"event_id": event.event_id})
        return "nothing_new"
    return _kept(event, raw, "nothing_new", now) if order is None else "applied"


def _kept(event: ProviderEvent, raw: bytes, verdict: Verdict, now: datetime) -> Verdict:
    if webhook_inbox.keep(event, raw, verdict, now) and verdict == "orphan":
        count("WebhookOrphans")
    return verdict


def named(event: ProviderEvent) -> ProviderEvent:
    """What is done in a provider's dashboard carries none of our ids: its payment does."""
    if event.order_id or not event.reference:
        return event
    provider = payments.provider_named(event.provider)
    try:
        found = provider.ask(payments.required_secrets(event.provider), "", event.reference)
    except ProviderRefused:
        return event
    return msgspec.structs.replace(
        event, order_id=found.order_id, payment_id=event.payment_id or found.payment_id
    )


def fold(event: ProviderEvent, also: tuple[Write, ...], now: datetime) -> Order | None:
    """Apply an event to the order that it names, asking where its word alone does not suffice.

    Returns the order, or None when the event said nothing new. Raises `NotFound` when the order or
    the payment is not ours, and `TransactionRefused` when one of `also` is refused.
    """
    file = None
    if event.ask_first:
        file = provider_events.load(event)
        provider = payments.provider_named(event.provider)
        secrets = payments.required_secrets(event.provider)
        event = provider_words.confirmed(provider, secrets, event, file)
    order = _applied(event, file, also, now)
    if order is not None and _came_late(event, order) and _is_small(order, now):
        late = Actor("system", "system:late_capture")
        refunds.return_everything(order.order_id, "late_capture", late, now)
    return order


def _applied(
    event: ProviderEvent, file: OrderFile | None, also: tuple[Write, ...], now: datetime
) -> Order | None:
    """Of money that goes back, word can come before that of its coming in: then we ask."""
    try:
        return provider_events.apply(event, now, also=also, file=file)
    except NotTaken as early:
        payments.ask_provider(event.order_id or "", early.payment_id, now)
        return provider_events.apply(event, now, also=also)


def _came_late(event: ProviderEvent, order: Order) -> bool:
    """Paid after the end. What fails to go back is the sweep's, which is patient."""
    ended = order.status in {"canceled", "rejected"}
    return ended and event.kind == "payment.captured" and order.refundable_minor > 0


def _is_small(order: Order, now: datetime) -> bool:
    """Above the rule's limit a person approves: the sweep opens the case that asks for it."""
    limit = rules.current_thresholds(now)["late_capture"].repair_limit_minor
    return limit is None or order.refundable_minor <= limit
