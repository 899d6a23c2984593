"""Sending a message once more because staff ask for it, whatever hours or wishes say."""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from chalicelib.domain import messages as domain
from chalicelib.domain import notifications as announcing
from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.ids import derived
from chalicelib.domain.messages import SentMessage
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.receipts import Receipt, Sending
from chalicelib.services import merchant_deliveries, notifications, orders, recipients
from chalicelib.services.notifications import FindChannel
from chalicelib.store import messages as records
from chalicelib.store import order_events, receipts, suppressions

# However often it is asked for, one copy goes out in this time.
AT_MOST_EVERY = timedelta(minutes=1)
_LEASE = timedelta(seconds=30)


class Reason(NamedTuple):
    """Why it is said once more; what has the same reason and turn is said once."""

    told: str
    turn: str = ""


def send_again(
    caller: Caller,
    order_id: str,
    event_version: int,
    channel: str,
    now: datetime,
    find_channel: FindChannel = notifications.channel,
) -> SentMessage:
    """Tell the customer (`email`, `sms`, `push`) or the merchant (`webhook`), and how it ended."""
    orders.load_for_staff(caller, order_id)
    event, order = order_events.load_event(order_id, event_version)
    if channel == "webhook":
        return _to_merchant(event, order, now)
    period = epoch_ms(now) // (int(AT_MOST_EVERY.total_seconds()) * 1000)
    why = Reason("sent again", str(period))
    return tell(event, order, channel, why, now, find_channel)


def _to_merchant(event: OrderEvent, order: Order, now: datetime) -> SentMessage:
    if merchant_deliveries.send_again(order.order_id, event.version, now) is None:
        raise NotFound("The store has no endpoint now.", code="endpoint_not_found")
    return _told(order, event, "merchant", "webhook")


def tell(
    event: OrderEvent,
    order: Order,
    channel: str,
    why: Reason,
    now: datetime,
    find_channel: FindChannel,
) -> SentMessage:
    """Tell the customer that way, once for a reason. Raises `Conflict` without an address."""
    announcement = announcing.announcement_of(event, order)
    receipt = receipts.find_receipt(order.order_id, "customer", event.version)
    if announcement is None or receipt is None:
        raise NotFound("There is no such message.", code="notification_not_found")
    if receipt.outcome == "pending":
        raise Conflict("It is on its way.", code="notification_pending")
    address = recipients.addresses_of(order).by(channel)
    if address is None:
        raise Conflict("The customer has no such address.", code="no_address")
    if channel == "email" and suppressions.find_suppression(address):
        raise Conflict("Mail to this address comes back.", code="address_suppressed")
    letter = notifications.letter_of(announcement, event, order, now)
    record = SentMessage(
        message_id=derived("msg", event.event_id, channel, *why), audience="customer",
        recipient=domain.masked(address), address_key=domain.address_key(address), channel=channel,
        outcome="pending", at=now, type=event.type, order_id=order.order_id,
        store_id=order.store_id, event_version=event.version, detail=why.told,
    )  # fmt: skip
    claim = records.claim(record, record.address_key, now, _LEASE)
    if claim == "busy":
        raise Unavailable("Someone else is sending this.")
    if claim == "ours":
        outcome = notifications.send_through(find_channel(channel), address, letter)
        record = msgspec.structs.replace(record, outcome=outcome)
        _note(record, receipt, domain.sending(channel, address, outcome, now))
    else:
        record = msgspec.structs.replace(record, outcome="sent")
    return record


def _note(record: SentMessage, receipt: Receipt, sending: Sending) -> None:
    """The record, and the receipt: a customer who was not reached was reached now."""
    if record.outcome == "pending":
        records.release(record.message_id, record.address_key)
        raise Unavailable("The message cannot be sent now.")
    if receipt.sent_through(sending.channel) is None:
        others = tuple(one for one in receipt.sends if one.channel != sending.channel)
        receipts.mark(notifications.result(receipt, (*others, sending), sending.at))
    records.mark(record, record.address_key)


def _told(order: Order, event: OrderEvent, audience: str, channel: str) -> SentMessage:
    """The message as the list shows it now."""
    given = receipts.list_receipts(order.order_id)
    return next(
        one
        for one in domain.of_order(order, given)
        if (one.audience, one.channel, one.event_version) == (audience, channel, event.version)
    )
