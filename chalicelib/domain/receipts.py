"""Which consumer owes a receipt for which event: the table that delivery is checked against.

The subscriptions' filter policies in `infra/` are held to it by a test.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.domain.orders import OrderEvent

Consumer = Literal["customer", "merchant", "invoices"]
ReceiptOutcome = Literal[
    "delivered", "superseded", "not_applicable", "given_up", "bounced", "pending"
]

SendingOutcome = Literal[
    "sent", "pending", "held", "failed", "gone", "superseded", "bounced", "complained"
]

CUSTOMER_EVENTS = frozenset({
    "order.received", "order.placed", "order.confirmed", "order.accepted", "order.preparing",
    "order.ready",
    "order.shipped", "order.delivered", "order.completed", "order.canceled", "order.rejected",
    "order.changed", "order.promise_moved", "order.repeat_refused", "shipment.updated",
    "payment.captured", "payment.failed", "payment.expired", "payment.mismatched",
    "refund.pending", "refund.succeeded", "refund.failed", "exception.opened",
    "question.asked", "einvoice.issued", "einvoice.rejected",
})  # fmt: skip

MERCHANT_EVENTS = frozenset({
    "order.placed", "order.confirmed", "order.accepted", "order.preparing", "order.ready",
    "order.shipped", "order.delivered", "order.completed", "order.canceled", "order.rejected",
    "order.changed", "order.promise_moved", "order.cancel_requested",
})  # fmt: skip

INVOICED_EVENTS = frozenset({
    "payment.captured", "refund.succeeded", "refund.failed", "order.changed",
    "invoice.requested", "einvoice.requested",
})  # fmt: skip

# As the channel `webhook` words an answer.
_REFUSAL = re.compile(r"Answered 4(?!08|29)")

OWED_RECEIPTS: Mapping[Consumer, frozenset[str]] = {
    "customer": CUSTOMER_EVENTS,
    "merchant": MERCHANT_EVENTS,
    "invoices": INVOICED_EVENTS,
}


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """How one channel fared with the message: `to` is masked, `address_key` tells addresses apart.

    Part of the receipt, which is written anyway.
    """

    channel: str
    to: str
    address_key: str
    outcome: SendingOutcome
    at: datetime


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """That `consumer` dealt with one event. `pending` ones are tried again at `next_attempt_at`.

    Until then the one who wrote it holds the claim. `sends` are the channels that a customer's
    message went through, or is still to go through.
    """

    order_id: str
    event_id: str
    version: int
    event_type: str
    consumer: Consumer
    outcome: ReceiptOutcome
    at: datetime
    attempts: int = 1
    next_attempt_at: datetime | None = None
    detail: str = ""
    sends: tuple[Sending, ...] = ()

    def is_held_at(self, now: datetime) -> bool:
        """A repeat of its event need not wait in the queue: the sweep brings it in its time."""
        again = self.next_attempt_at
        held = any(one.outcome == "held" for one in self.sends)
        return held and again is not None and now < again

    @property
    def was_refused(self) -> bool:
        """Whether the last try was answered by a no: somebody is there, and not merely busy."""
        return _REFUSAL.match(self.detail) is not None

    def sent_through(self, channel: str) -> Sending | None:
        """How it went out by that channel; None when it still has to."""
        done = (one for one in self.sends if one.channel == channel and one.outcome == "sent")
        return next(done, None)


def owed(
    events: Iterable[OrderEvent], receipts: Iterable[Receipt]
) -> list[tuple[OrderEvent, Consumer]]:
    """Each event with each consumer who owes a receipt for it and has not given one."""
    given = {(receipt.event_id, receipt.consumer) for receipt in receipts}
    return [
        (event, consumer)
        for event in events
        for consumer, types in OWED_RECEIPTS.items()
        if event.type in types
        and (event.event_id, consumer) not in given
        and (not tells_of_case(event) or "customer_message" in event.data)
    ]


def tells_of_case(event: OrderEvent) -> bool:
    """A case concerns the customer only if it has words for them."""
    return event.type.startswith("exception.")
