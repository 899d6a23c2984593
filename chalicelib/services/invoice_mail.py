"""Sending an invoice once more: to the mail address of whoever ordered, and to no other."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.channels.base import Channel, Message
from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.ids import derived
from chalicelib.domain.invoice_words import mail_of
from chalicelib.domain.mail_feedback import record_tags
from chalicelib.domain.messages import SentMessage, address_key, masked
from chalicelib.domain.notifications import plain_html
from chalicelib.domain.orders import Order
from chalicelib.observability import count, logger
from chalicelib.services import invoices, orders, papers
from chalicelib.services.notifications import channel as channel_named
from chalicelib.services.notifications import tracking_link
from chalicelib.store import messages, suppressions
from chalicelib.store.recipients import find_recipient

Told = Literal["sent", "sent_before"]
# However often it is asked for, one mail about an invoice goes out in this time.
AT_MOST_EVERY = timedelta(minutes=1)
_LEASE = timedelta(seconds=30)


def send(
    caller: Caller, order_id: str, invoice_id: str, now: datetime, channel: Channel | None = None
) -> Told:
    """Mail it with its links. Raises `Conflict` `no_mail_address` or `address_suppressed`,
    `Unavailable`, or `DeliveryRefused`.
    """
    file = orders.load_to_change(caller, order_id, "clerk", "support")
    order, invoice = file.order, invoices.load_invoice(caller, order_id, invoice_id)
    einvoice = next((one for one in file.einvoices if one.invoice_id == invoice_id), None)
    address = _address_of(order)
    if address is None:
        raise Conflict("The order has no mail address.", code="no_mail_address")
    if suppressions.find_suppression(address):
        raise Conflict("Mail to this address comes back.", code="address_suppressed")
    period = epoch_ms(now) // (int(AT_MOST_EVERY.total_seconds()) * 1000)
    mail_id = derived("im", invoice_id, str(period))
    key = address_key(address)
    record = SentMessage(
        message_id=mail_id, audience="customer", recipient=masked(address), address_key=key,
        channel="email", outcome="pending", at=now, type="invoice.mailed", order_id=order_id,
        store_id=order.store_id,
    )  # fmt: skip
    claim = messages.claim(record, key, now, _LEASE)
    if claim == "sent":
        return "sent_before"
    if claim == "busy":
        raise Unavailable("Someone else is sending this mail.")
    subject, text = mail_of(
        invoice, order.language, tracking_link(order), papers.check_url(invoice), einvoice
    )
    message = Message(
        message_id=mail_id, to=address, subject=subject, text=text, html=plain_html(text),
        tags=record_tags(mail_id, key),
    )  # fmt: skip
    (channel or channel_named("email")).send(message)
    messages.mark(msgspec.structs.replace(record, outcome="sent"), key)
    count("InvoiceMailsSent")
    logger.info("invoice mailed", extra={"order_id": order_id, "invoice_id": invoice_id})
    return "sent"


def _address_of(order: Order) -> str | None:
    if order.contact.email or order.customer_id is None:
        return order.contact.email
    return find_recipient(order.customer_id).profile.email
