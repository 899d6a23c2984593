"""What the sweep owes an order without any case: to let it expire, and to deliver again."""

from datetime import datetime

import msgspec

from chalicelib.domain.errors import DocketError, Unavailable
from chalicelib.domain.orders import Actor
from chalicelib.observability import logger
from chalicelib.rules.base import OrderEvidence
from chalicelib.services import cancellations, event_queues

_EXPIRY = Actor("system", "system:payment_stale")


class Done(msgspec.Struct, frozen=True):
    """`expired`: the order has changed. `delivered`: how many messages are on their way again."""

    expired: bool = False
    delivered: int = 0


def perform(known: OrderEvidence, now: datetime) -> Done:
    """Do what is due. What fails stays due for the next sweep, and the rules tell people."""
    return Done(expired=_expire(known, now), delivered=_deliver_again(known, now))


def _expire(known: OrderEvidence, now: datetime) -> bool:
    order = known.order
    if order.status != "placed" or order.expires_at is None or order.expires_at > now:
        return False
    try:
        return cancellations.expire(order.order_id, _EXPIRY, now)
    except DocketError as error:
        facts = {"order": order.order_id, "code": error.code, "why": error.detail}
        logger.warning("order not expired", extra=facts)
        return False


def _deliver_again(known: OrderEvidence, now: datetime) -> int:
    """Attempts whose time has come go through the consumers' queues: nobody waits for them here."""
    events = {event.event_id: event for event in known.events}
    sent = 0
    for receipt in known.receipts:
        due = receipt.next_attempt_at is not None and receipt.next_attempt_at <= now
        event = events.get(receipt.event_id)
        if receipt.outcome != "pending" or not due or event is None:
            continue
        try:
            event_queues.send(event, receipt.consumer)
        except Unavailable:
            logger.warning("not delivered again", extra={"event_id": event.event_id})
            return sent
        sent += 1
    return sent
