"""Telling the merchant's system of an order event: one signed try at a time, receipts in between.

The first try comes from the queue, later ones from the sweep by the receipt's `next_attempt_at`.
"""

import random
import time
from datetime import datetime, timedelta

import msgspec

from chalicelib.channels.base import Channel, DeliveryRefused, Message, NotDelivered, Sent
from chalicelib.domain import merchant_deliveries as domain
from chalicelib.domain.errors import Stale, Unavailable
from chalicelib.domain.merchant_deliveries import Delivery, DeliveryOutcome, Endpoint
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.receipts import MERCHANT_EVENTS, Receipt, ReceiptOutcome
from chalicelib.observability import count, logger
from chalicelib.services.notifications import channel as channel_named
from chalicelib.store import deliveries, endpoints, order_events, orders, receipts

# Longer than one try may take: whoever finds it expired knows that the holder is dead.
LEASE = timedelta(seconds=30)
GONE = 410


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What one try sends, and as what it enters the log."""

    endpoint: Endpoint
    message_id: str
    event_type: str
    body: str
    order_id: str | None = None
    version: int = 0
    attempt: int = 1


def deliver(event: OrderEvent, now: datetime, channel: Channel | None = None) -> Delivery | None:
    """The first try at an event out of the queue; None when there is nothing to do (any more)."""
    if event.type not in MERCHANT_EVENTS:
        return None
    return _deliver(event, None, now, channel)


def attempt(
    order_id: str, event_version: int, now: datetime, channel: Channel | None = None
) -> Delivery | None:
    """The next try at that event, if it is owed and due; None otherwise."""
    event, order = order_events.load_event(order_id, event_version)
    return _deliver(event, order, now, channel)


def send_again(
    order_id: str, event_version: int, now: datetime, channel: Channel | None = None
) -> Delivery | None:
    """A try at once, whatever became of earlier ones; None without an enabled endpoint."""
    event, order = order_events.load_event(order_id, event_version)
    endpoint = endpoints.find_endpoint(event.store_id)
    if endpoint is None or not endpoint.enabled:
        return None
    found = receipts.find_receipt(order_id, "merchant", event_version)
    if found is None:
        claimed = _fresh(event, now)
        if not receipts.first(claimed):
            raise Stale("It is being sent right now.")
    else:
        taken = receipts.seize(found, now + LEASE)
        if taken is None:
            raise Stale("It is being sent right now.")
        claimed = taken
    return _try(endpoint, event, order, claimed, now, channel)


def _deliver(
    event: OrderEvent, order: Order | None, now: datetime, channel: Channel | None
) -> Delivery | None:
    endpoint = endpoints.find_endpoint(event.store_id)
    claimed = _fresh(event, now)
    if endpoint is None or not endpoint.wants(event.type):
        _not_wanted(claimed, now)
        return None
    if not receipts.first(claimed):
        found = receipts.find_receipt(event.order_id, "merchant", event.version)
        taken = receipts.claim(found, now, now + LEASE) if found else None
        if taken is None:
            return None
        claimed = taken
    order = order or orders.load_order(event.order_id)
    return _try(endpoint, event, order, claimed, now, channel)


def _fresh(event: OrderEvent, now: datetime) -> Receipt:
    """A first receipt, which claims the event for one try."""
    return Receipt(
        order_id=event.order_id, event_id=event.event_id, version=event.version,
        event_type=event.type, consumer="merchant", outcome="pending", at=now,
        next_attempt_at=now + LEASE,
    )  # fmt: skip


def _not_wanted(receipt: Receipt, now: datetime) -> None:
    """No endpoint, or none for this event: said once; a try that was pending ends as well."""
    final = msgspec.structs.replace(receipt, outcome="not_applicable", next_attempt_at=None)
    if receipts.first(final):
        return
    found = receipts.find_receipt(receipt.order_id, "merchant", receipt.version)
    taken = receipts.claim(found, now, now + LEASE) if found else None
    if taken:
        receipts.mark(msgspec.structs.replace(final, attempts=taken.attempts))


def _try(
    endpoint: Endpoint,
    event: OrderEvent,
    order: Order,
    claimed: Receipt,
    now: datetime,
    channel: Channel | None,
) -> Delivery:
    """Send, mark the receipt, then log: what the log misses in a crash, the receipt still has."""
    parcel = Parcel(
        endpoint=endpoint, message_id=event.event_id, event_type=event.type,
        body=domain.body_of(event, order), order_id=event.order_id, version=event.version,
        attempt=claimed.attempts,
    )  # fmt: skip
    delivery = post(parcel, now, channel)
    receipts.mark(_result(claimed, delivery, event, now))
    deliveries.add_delivery(delivery)
    return delivery


def post(parcel: Parcel, now: datetime, channel: Channel | None = None) -> Delivery:
    """One signed request and how it ended; an endpoint that says 410 is switched off."""
    through = channel or channel_named("webhook")
    message = Message(
        message_id=parcel.message_id, to=parcel.endpoint.url, text=parcel.body,
        headers=domain.signed_headers(
            parcel.endpoint.secrets_at(now), parcel.message_id, parcel.body, now
        ),
    )  # fmt: skip
    started = time.monotonic()
    outcome, sent, error = _sent(through, message)
    delivery = Delivery(
        delivery_id=domain.delivery_id(now), store_id=parcel.endpoint.store_id,
        request_id=parcel.message_id, event_type=parcel.event_type, order_id=parcel.order_id,
        event_version=parcel.version, attempt=parcel.attempt, outcome=outcome, at=now,
        duration_ms=int((time.monotonic() - started) * 1000), response_status=sent.status,
        response_excerpt=sent.excerpt, error=error,
    )  # fmt: skip
    count("MerchantDeliveries" + outcome.title())
    logger.info("merchant delivery", extra=_facts(delivery))
    if sent.status == GONE:
        _switch_off(parcel.endpoint, now)
    return delivery


def _sent(through: Channel, message: Message) -> tuple[DeliveryOutcome, Sent, str]:
    try:
        return "delivered", through.send(message), ""
    except DeliveryRefused as error:
        return "refused", _answer(error.facts.get("status"), error.facts.get("excerpt")), str(error)
    except NotDelivered as error:
        return "failed", _answer(error.status, error.excerpt), str(error)
    except Unavailable as error:
        return "failed", Sent(), str(error)


def _answer(status: object, excerpt: object) -> Sent:
    return Sent(
        status=status if isinstance(status, int) else None,
        excerpt=excerpt if isinstance(excerpt, str) else "",
    )


def _result(claimed: Receipt, delivery: Delivery, event: OrderEvent, now: datetime) -> Receipt:
    outcome: ReceiptOutcome = "delivered"
    again: datetime | None = None
    if delivery.outcome != "delivered":
        outcome = "given_up"
    if delivery.outcome == "failed":
        again = domain.next_attempt(event.at, now, random.random())  # noqa: S311
        outcome = "pending" if again else "given_up"
    return msgspec.structs.replace(
        claimed, outcome=outcome, at=now, next_attempt_at=again, detail=delivery.error
    )


def _switch_off(endpoint: Endpoint, now: datetime) -> None:
    off = msgspec.structs.replace(
        endpoint, enabled=False, disabled_reason="The endpoint answered 410 Gone.",
        updated_at=now, version=endpoint.version + 1,
    )  # fmt: skip
    try:
        endpoints.save_endpoint(off)
    except Stale:
        return  # It was changed meanwhile: what it says now counts.
    logger.warning("endpoint switched off", extra={"store_id": endpoint.store_id})


def _facts(delivery: Delivery) -> dict[str, object]:
    names = ("store_id", "order_id", "event_type", "attempt", "outcome", "duration_ms")
    return {name: getattr(delivery, name) for name in names} | {
        "event_id": delivery.request_id,
        "response_status": delivery.response_status,
    }
