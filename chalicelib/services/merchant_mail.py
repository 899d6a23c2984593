"""Mail to the merchant: the second way to an order that their system has not answered for."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.channels.base import Channel, Message
from chalicelib.config import settings
from chalicelib.domain import notifications as domain
from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ids import derived
from chalicelib.domain.mail_feedback import record_tags
from chalicelib.domain.merchant_mails import reminder
from chalicelib.domain.messages import SentMessage, address_key, masked
from chalicelib.domain.orders import Order
from chalicelib.observability import count, logger
from chalicelib.services import catalogue
from chalicelib.services.notifications import channel as channel_named
from chalicelib.store import messages

Told = Literal["sent", "sent_before", "no_address"]
# However often a repair runs, the merchant gets one mail about an order in this time.
AT_MOST_EVERY = timedelta(minutes=10)
_LEASE = timedelta(seconds=30)


def mail_merchant(order: Order, reason: str, now: datetime, channel: Channel | None = None) -> Told:
    """Mail the order to its store's address. Raises `Unavailable`, or `DeliveryRefused`."""
    store = catalogue.current_snapshot().stores.get(order.store_id)
    if store is None or not store.merchant_email:
        return "no_address"
    period = epoch_ms(now) // (int(AT_MOST_EVERY.total_seconds()) * 1000)
    mail_id = derived("mm", order.order_id, reason, str(period))
    key = address_key(store.merchant_email)
    record = SentMessage(
        message_id=mail_id, audience="merchant", recipient=masked(store.merchant_email),
        address_key=key, channel="email", outcome="pending", at=now, type=reason,
        order_id=order.order_id, store_id=order.store_id,
    )  # fmt: skip
    claim = messages.claim(record, key, now, _LEASE)
    if claim == "sent":
        return "sent_before"
    if claim == "busy":
        raise Unavailable("Someone else is sending this mail.")
    link = f"{settings().public_url.rstrip('/')}/ops#/board?order={order.order_id}"
    subject, text = reminder(order, store, reason, link)
    through = channel or channel_named("email")
    through.send(
        Message(
            message_id=mail_id,
            to=store.merchant_email,
            subject=subject,
            text=text,
            html=domain.plain_html(text),
            tags=record_tags(mail_id, key),
        )
    )
    messages.mark(msgspec.structs.replace(record, outcome="sent"), key)
    count("MerchantMailsSent")
    logger.info("merchant mailed", extra={"order_id": order.order_id, "reason": reason})
    return "sent"
