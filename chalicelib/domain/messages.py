"""What was sent to whom: one line a message and channel, its address unreadable to others."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.domain.ids import derived
from chalicelib.domain.orders import Order
from chalicelib.domain.receipts import Receipt, Sending, SendingOutcome

Audience = Literal["customer", "merchant", "staff"]
Outcome = Literal[
    "delivered",
    "sent",
    "pending",
    "failed",
    "gone",
    "superseded",
    "held",
    "bounced",
    "complained",
]

_RETOLD = frozenset({"email", "sms", "push"})
_OF_RECEIPTS: dict[str, Outcome] = {
    "delivered": "delivered", "given_up": "failed", "superseded": "superseded",
    "bounced": "bounced",
}  # fmt: skip


class SentMessage(msgspec.Struct, frozen=True, kw_only=True):
    """`recipient` is a masked address, or whose it is where there is no address.

    `message_id` is what the message itself carried, so that a line in a log leads here.
    """

    message_id: str
    audience: Audience
    recipient: str
    channel: str
    outcome: Outcome
    at: datetime
    type: str
    order_id: str | None = None
    store_id: str = ""
    case_id: str | None = None
    event_version: int | None = None
    attempts: int = 1
    detail: str = ""
    can_send_again: bool = False
    address_key: str = ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to keep of a list; `recipient` is an address, a part of a masked one, or an id."""

    order_id: str | None = None
    recipient: str | None = None
    audience: Audience | None = None
    channel: str | None = None
    outcome: Outcome | None = None

    def lets(self, message: SentMessage, order: Order | None = None) -> bool:
        """Whether a message, of that order if it is about one, is among those asked for."""
        return (
            self.audience in {None, message.audience}
            and self.channel in {None, message.channel}
            and self.outcome in {None, message.outcome}
            and self.order_id in {None, message.order_id}
            and self._reaches(message, order)
        )

    def _reaches(self, message: SentMessage, order: Order | None) -> bool:
        if self.recipient is None:
            return True
        wanted = self.recipient.strip().casefold()
        if message.address_key:
            masked_too = wanted in message.recipient.casefold()
            return masked_too or address_key(wanted) == message.address_key
        customer_id = order.customer_id if order else None
        whose = customer_id if message.audience == "customer" else message.recipient
        return wanted == (whose or "").casefold()


def masked(address: str) -> str:
    """`c***@example.com`, `+86…8000`: enough to recognize one's own, not to write to it."""
    name, at, host = address.rpartition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return f"{address[:3]}…{address[-4:]}" if len(address) > 7 else "…"


def address_key(address: str) -> str:
    """The same for every spelling of an address, and no address itself."""
    return derived("to", address.strip().casefold())


def sending(channel: str, address: str, outcome: SendingOutcome, now: datetime) -> Sending:
    """One channel's line of a receipt."""
    return Sending(
        channel=channel, to=masked(address), address_key=address_key(address), outcome=outcome,
        at=now,
    )  # fmt: skip


def of_order(order: Order, receipts: Iterable[Receipt]) -> list[SentMessage]:
    """What the order's customer and merchant were sent, by its receipts."""
    return [message for receipt in receipts for message in _of_receipt(order, receipt)]


def _of_receipt(order: Order, receipt: Receipt) -> Iterator[SentMessage]:
    if receipt.consumer == "merchant" and receipt.outcome != "not_applicable":
        yield _message(order, receipt, "merchant", "webhook", order.store_id)
    if receipt.consumer != "customer":
        return
    if order.customer_id and not _never_entered(receipt):
        inbox = _message(order, receipt, "customer", "inbox", order.customer_id)
        yield msgspec.structs.replace(
            inbox, outcome="delivered", detail="", attempts=1, can_send_again=False
        )
    for sending in receipt.sends:
        yield _sent(_message(order, receipt, "customer", sending.channel, sending.to), sending)


def _never_entered(receipt: Receipt) -> bool:
    """Trouble that was over before it could be told is in no inbox."""
    return receipt.outcome == "superseded" and receipt.event_type == "exception.opened"


def _message(
    order: Order, receipt: Receipt, audience: Audience, channel: str, recipient: str
) -> SentMessage:
    return SentMessage(
        message_id=receipt.event_id, audience=audience, recipient=recipient, channel=channel,
        outcome=_OF_RECEIPTS.get(receipt.outcome, "pending"), at=receipt.at,
        type=receipt.event_type, order_id=order.order_id, store_id=order.store_id,
        event_version=receipt.version, attempts=receipt.attempts, detail=receipt.detail,
        can_send_again=receipt.outcome != "pending",
    )  # fmt: skip


def _sent(message: SentMessage, sending: Sending) -> SentMessage:
    return msgspec.structs.replace(
        message, outcome=sending.outcome, at=sending.at, address_key=sending.address_key,
        can_send_again=message.can_send_again and sending.channel in _RETOLD,
    )  # fmt: skip
