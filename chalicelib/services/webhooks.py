"""What payment providers tell us unasked: verified, remembered once, folded into the order."""

from datetime import datetime

from chalicelib.domain.errors import NotFound
from chalicelib.domain.orders import Actor
from chalicelib.domain.payments import ProviderEvent
from chalicelib.observability import count, logger
from chalicelib.providers.base import InvalidSignature, RawWebhook, WebhookReply
from chalicelib.services import payments, refunds
from chalicelib.store import webhook_inbox
from chalicelib.store.client import TransactionRefused


def receive(provider_name: str, raw: RawWebhook, now: datetime) -> WebhookReply:
    """The provider's own reply, whether the event was news, a repeat or forged.

    Raises `NotFound` for a provider that this stage does not have.
    """
    provider = payments.provider_named(provider_name)
    secrets = payments.secrets_of(provider_name)
    if secrets is None:
        raise NotFound("There is no such provider here.", code="provider_not_found")
    try:
        event = provider.verify(secrets, raw, now)
    except InvalidSignature as refused:
        count("WebhookSignatureFailures")
        logger.warning("webhook refused", extra={"provider": provider_name, "why": refused.detail})
        return provider.reply(accepted=False)
    _take(event, raw.body, now)
    return provider.reply(accepted=True)


def _take(event: ProviderEvent, raw: bytes, now: datetime) -> None:
    if event.kind is None:
        webhook_inbox.keep(event, raw, "ignored", now)
        return
    try:
        order = payments.apply(event, now, also=webhook_inbox.record(event, raw, "applied", now))
    except NotFound:
        webhook_inbox.keep(event, raw, "orphan", now)
        count("WebhookOrphans")
        return
    except TransactionRefused:
        logger.info("webhook repeated", extra={"event_id": event.event_id})
        return
    if order is None:
        webhook_inbox.keep(event, raw, "nothing_new", now)
    elif order.status in {"canceled", "rejected"} and order.refundable_minor > 0:
        late = Actor("system", "system:late_capture")
        refunds.return_everything(order.order_id, "late_capture", late, now)
