"""What the sweep owes an order without any case: to let it expire, and to deliver again."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.errors import DocketError, Unavailable
from chalicelib.domain.orders import Actor, Order, OrderEvent
from chalicelib.domain.receipts import Consumer, owed, tells_of_case
from chalicelib.observability import logger
from chalicelib.rules.base import OrderEvidence
from chalicelib.services import cancellations, edits, event_queues

_EXPIRY = Actor("system", "system:payment_stale")
_ON_ITS_WAY = timedelta(seconds=60)


class Done(msgspec.Struct, frozen=True):
    """`expired`: the order has changed. `delivered`: how many messages are on their way again."""

    expired: bool = False
    delivered: int = 0


def perform(known: OrderEvidence, now: datetime) -> Done:
    """Do what is due. What fails stays due for the next sweep, and the rules tell people."""
    return Done(expired=_expire(known.order, now), delivered=_deliver_again(known, now))


def _expire(order: Order, now: datetime) -> bool:
    """An order that nobody paid ends; a dearer edit that nobody paid is dropped."""
    held = order.pending_edit
    unpaid = order.status == "placed" and order.expires_at is not None and order.expires_at <= now
    try:
        if unpaid:
            return cancellations.expire(order.order_id, _EXPIRY, now)
        if held is not None and held.expires_at <= now:
            return edits.drop_expired(order.order_id, _EXPIRY, now)
    except DocketError as error:
        facts = {"order": order.order_id, "code": error.code, "why": error.detail}
        logger.warning("order not expired", extra=facts)
    return False


def _deliver_again(known: OrderEvidence, now: datetime) -> int:
    """Attempts whose time has come go through the consumers' queues: nobody waits for them here."""
    sent = 0
    for event, consumer in _due_deliveries(known, now):
        try:
            event_queues.send(event, consumer)
        except Unavailable:
            logger.warning("not delivered again", extra={"event_id": event.event_id})
            return sent
        sent += 1
    return sent


def _due_deliveries(known: OrderEvidence, now: datetime) -> Iterator[tuple[OrderEvent, Consumer]]:
    events = {event.event_id: event for event in known.events}
    for receipt in known.receipts:
        due = receipt.next_attempt_at is not None and receipt.next_attempt_at <= now
        if receipt.outcome == "pending" and due and receipt.event_id in events:
            yield events[receipt.event_id], receipt.consumer
    for event, consumer in owed(known.events, known.receipts):
        if tells_of_case(event) and event.at + _ON_ITS_WAY <= now:
            yield event, consumer
