"""Telling customers what happened to their order: the inbox always, mail, devices, phone by wish.

The inbox entry and the receipt are one transaction per event. Sending follows: the fresh receipt
is the claim, each channel is tried, and the receipt says what came of it. Whoever finds the claim
expired takes over, so a message is sent twice only if someone was killed between send and mark.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib import plugins
from chalicelib.channels.base import AddressGone, Channel, DeliveryRefused, Message
from chalicelib.config import settings
from chalicelib.domain import messages
from chalicelib.domain import notifications as domain
from chalicelib.domain.announcements import Announcement
from chalicelib.domain.catalogue import Store
from chalicelib.domain.errors import Malformed, NotFound, Unavailable
from chalicelib.domain.mail_feedback import order_tags
from chalicelib.domain.notifications import ChannelOutcome, ChannelState, Notification
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.push_messages import headers, payload
from chalicelib.domain.receipts import Receipt, Sending, SendingOutcome
from chalicelib.observability import count, logger
from chalicelib.services import catalogue, guests, pacing
from chalicelib.services.pacing import Pace
from chalicelib.services.push import AllDevices
from chalicelib.services.recipients import mailbox_of, recipient_of
from chalicelib.store import notifications as inbox
from chalicelib.store import order_events, orders, receipts

LEASE = timedelta(seconds=60)
# As long as the queue hides a message, so that the next delivery of it finds the way free.
RETRY_AFTER = timedelta(seconds=60)
ATTEMPTS_MAX = 10
_AT_A_PACE: Mapping[str, SendingOutcome] = {
    "hold": "held", "repeated": "superseded", "told": "sent",
}  # fmt: skip
_NOT_TAKEN = frozenset({"pending", "failed", "gone"})

FindChannel = Callable[[str], Channel]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One event made ready: what is said, in which words, and where to."""

    event: OrderEvent
    order: Order
    announcement: Announcement
    notification: Notification
    sends: tuple[tuple[str, str], ...]
    superseded: bool
    at: datetime


def channel(name: str) -> Channel:
    module = plugins.load("channels", name)
    if module is None:
        raise NotFound(f"There is no channel {name}.")
    found: Channel = module.CHANNEL
    return AllDevices(found) if name == "push" else found


def read_event(body: str | bytes) -> OrderEvent:
    """An event as the bus carries it. Raises `Malformed`: such a message never gets better."""
    try:
        return msgspec.json.decode(body, type=OrderEvent)
    except msgspec.DecodeError as error:
        raise Malformed("This is no order event.") from error


def deliver(event: OrderEvent, now: datetime, find_channel: FindChannel = channel) -> None:
    """Tell the customer once, however often the event arrives.

    Raises `Unavailable` when it must come again: a channel is down, or someone else is at it.
    """
    announce(event, orders.load_order(event.order_id), now, find_channel)


def send_again(order_id: str, version: int, now: datetime) -> None:
    """Tell the customer about that event if it has not been done: for repairs."""
    event, order = order_events.load_event(order_id, version)
    announce(event, order, now, channel)


def announce(event: OrderEvent, order: Order, now: datetime, find_channel: FindChannel) -> None:
    announcement = domain.announcement_of(event, order)
    if announcement is None:
        return
    letter = letter_of(announcement, event, order, now)
    receipt = _first_receipt(letter, now)
    also = []
    if order.customer_id and not _is_over(letter):
        also.append(inbox.arrival(order.customer_id, letter.notification))
    if not receipts.first(receipt, also):
        found = receipts.find_receipt(event.order_id, "customer", event.version)
        if found is None:
            raise Unavailable("The receipt is being written by someone else.")
        if found.outcome != "pending" or found.is_held_at(now):
            return
        taken = receipts.claim(found, now, now + LEASE)
        if taken is None:
            raise Unavailable("Someone else is sending this.")
        receipt = taken
    if receipt.outcome == "pending":
        _send(letter, receipt, now, find_channel)


def _is_over(letter: Letter) -> bool:
    """Trouble that is over before it could be told is not told at all."""
    return letter.superseded and letter.event.type == "exception.opened"


def letter_of(announcement: Announcement, event: OrderEvent, order: Order, now: datetime) -> Letter:
    superseded = domain.is_superseded(announcement, event, order)
    sends = domain.reach(announcement, order, recipient_of(order, event.type, now))
    title, body = domain.words(announcement, event, order, _store(order))
    pending: ChannelState = "superseded" if superseded else "pending"
    channels = [ChannelOutcome("inbox", "delivered", now)]
    channels += [ChannelOutcome(name, pending, now) for name, _ in sends]
    notification = Notification(
        notification_id=domain.notification_id(event), type=event.type, order_id=order.order_id,
        title=title, body=body, channels=tuple(channels), created_at=event.at,
    )  # fmt: skip
    return Letter(
        event=event, order=order, announcement=announcement, notification=notification,
        sends=sends, superseded=superseded, at=now,
    )  # fmt: skip


def _first_receipt(letter: Letter, now: datetime) -> Receipt:
    event = letter.event
    receipt = Receipt(
        order_id=event.order_id, event_id=event.event_id, version=event.version,
        event_type=event.type, consumer="customer", outcome="pending", at=now,
        next_attempt_at=now + LEASE,
        sends=tuple(
            messages.sending(name, address, "superseded" if letter.superseded else "pending", now)
            for name, address in letter.sends
        ),
    )  # fmt: skip
    if letter.sends and not letter.superseded:
        return receipt
    outcome = "delivered" if letter.order.customer_id else "not_applicable"
    if letter.superseded:
        outcome = "superseded"
    return msgspec.structs.replace(receipt, outcome=outcome, next_attempt_at=None)


def _send(letter: Letter, receipt: Receipt, now: datetime, find_channel: FindChannel) -> None:
    """Each channel that is not done yet, then the mark; a channel that is down comes again."""
    sends = tuple(
        receipt.sent_through(name) or _sending(name, address, letter, now, find_channel)
        for name, address in letter.sends
    )
    sends = _with_mail_instead(sends, letter, now, find_channel)
    customer_id = letter.order.customer_id
    if customer_id:
        others = [one for one in letter.notification.channels if one.channel == "inbox"]
        told = [*others, *(ChannelOutcome(one.channel, one.outcome, one.at) for one in sends)]
        inbox.record_channels(customer_id, letter.notification, told)
    receipts.mark(result(receipt, sends, now))
    if any(one.outcome == "pending" for one in sends):
        raise Unavailable("Not every channel could be used now.")


def _sending(
    name: str, address: str, letter: Letter, now: datetime, find_channel: FindChannel
) -> Sending:
    """What became of one channel; the sweep brings what was held again in an hour."""
    outcome: SendingOutcome = "superseded"
    if not letter.superseded:
        pace = _pace(name, address, letter, now)
        outcome = _AT_A_PACE.get(pace.verdict, "pending")
        if pace.verdict == "send":
            along = msgspec.structs.replace(
                letter.notification, body=domain.with_held(letter.notification.body, pace.along)
            )
            said = msgspec.structs.replace(letter, notification=along)
            outcome = send_through(find_channel(name), address, said)
            if outcome == "sent":
                _note_along(name, letter, pace, now)
    return messages.sending(name, address, outcome, now)


def _with_mail_instead(
    sends: tuple[Sending, ...], letter: Letter, now: datetime, find_channel: FindChannel
) -> tuple[Sending, ...]:
    """Mail takes the place of devices that did not take the message, unless it goes out anyway."""
    by = {one.channel: one for one in sends}
    push = by.get("push")
    if push is None or "email" in by or push.outcome not in _NOT_TAKEN:
        return sends
    address = mailbox_of(letter.order)
    if address is None:
        return sends
    mail = _sending("email", address, letter, now, find_channel)
    if mail.outcome == "sent" and push.outcome == "pending":
        by["push"] = msgspec.structs.replace(push, outcome="failed")
    return (*by.values(), mail)


def _pace(name: str, address: str, letter: Letter, now: datetime) -> Pace:
    if domain.cannot_wait(letter.announcement, letter.event.type):
        return Pace()
    if letter.order.customer_id:
        return pacing.of_customer(letter.order.customer_id, letter.notification, name, now)
    return pacing.of_guest(address, name, now)


def _note_along(name: str, letter: Letter, pace: Pace, now: datetime) -> None:
    """What went out with another message need not go out again: its inbox entry says so."""
    for one in pace.along:
        told = [
            ChannelOutcome(name, "sent", now) if each.channel == name else each
            for each in one.channels
        ]
        inbox.record_channels(letter.order.customer_id or "", one, told)


def send_through(through: Channel, address: str, letter: Letter) -> SendingOutcome:
    """One try. Logs carry ids only: the address is the customer's."""
    facts = {"channel": through.name, "event_id": letter.event.event_id}
    try:
        sent = through.send(_message(through.name, address, letter))
    except Unavailable as error:
        logger.warning("not sent yet", extra={**facts, "reason": str(error)})
        return "pending"
    except DeliveryRefused as error:
        count("NotificationsRefused")
        logger.warning("refused", extra={**facts, "reason": str(error)})
        return "gone" if isinstance(error, AddressGone) else "failed"
    count("NotificationsSent")
    logger.info("sent", extra={**facts, "reference": sent.reference})
    return "sent"


def result(receipt: Receipt, sends: tuple[Sending, ...], now: datetime) -> Receipt:
    """The receipt after a try: what came of each channel, and when to try again."""
    failed = sorted(one.channel for one in sends if one.outcome in {"failed", "gone"})
    done = any(one.outcome == "sent" for one in sends)
    detail = f"refused: {', '.join(failed)}" if failed else ""
    if domain.settled(sends):
        outcome, again = ("given_up" if failed and not done else "delivered"), None
        if all(one.outcome == "superseded" for one in sends):
            outcome = "superseded"
    elif any(one.outcome == "held" for one in sends) and not _is_down(sends):
        outcome, again = "pending", now + pacing.WINDOW
    elif receipt.attempts >= ATTEMPTS_MAX:
        outcome, again, detail = "given_up", None, "no channel could be used"
    else:
        outcome, again = "pending", now + RETRY_AFTER
    return msgspec.structs.replace(
        receipt, outcome=outcome, at=now, next_attempt_at=again, detail=detail, sends=sends
    )


def _is_down(sends: tuple[Sending, ...]) -> bool:
    return any(one.outcome == "pending" for one in sends)


def _message(channel_name: str, address: str, letter: Letter) -> Message:
    title, body = letter.notification.title, letter.notification.body
    language = letter.order.language
    link = tracking_link(letter.order)
    message_id = letter.notification.notification_id
    tags = order_tags(letter.order.order_id, letter.event.version)
    if channel_name == "push":
        return Message(
            message_id=message_id, to=address, subject=title, at=letter.at,
            text=payload(title, body, letter.order.order_id, language),
            headers=headers(letter.order.order_id, urgent=letter.announcement.urgent),
        )  # fmt: skip
    if channel_name != "email":
        return Message(message_id=message_id, to=address, text=f"{title}. {body}", links=(link,))
    receipt = domain.receipt_for_customer(letter.order) if letter.announcement.receipt else ""
    return Message(
        message_id=message_id, to=address, subject=title,
        text=domain.mail_text(title, body, receipt, link, language),
        html=domain.mail_html(title, body, receipt, link, language), tags=tags,
    )  # fmt: skip


def tracking_link(order: Order) -> str:
    """A guest's link carries their token in the fragment, which browsers keep to themselves."""
    link = f"{settings().public_url.rstrip('/')}/#/o/{order.order_id}"
    return link if order.customer_id else f"{link}?t={guests.guest_token(order.order_id)}"


def _store(order: Order) -> Store | None:
    return catalogue.current_snapshot().stores.get(order.store_id)
