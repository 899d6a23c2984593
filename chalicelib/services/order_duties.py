"""What the sweep owes an order without a case: queue it, ask for its money, end it, close what may
not be paid any more, deliver, and stop waiting for answers.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from chalicelib.domain import einvoices, payment_asks, payment_closings
from chalicelib.domain.errors import DocketError, Unavailable
from chalicelib.domain.orders import Actor, Order, OrderEvent
from chalicelib.domain.payments import Payment
from chalicelib.domain.receipts import Consumer, owed, tells_of_case
from chalicelib.domain.thresholds import RuleSettings, Thresholds
from chalicelib.observability import logger
from chalicelib.rules.base import OrderEvidence
from chalicelib.services import cancellations, drains, edits, event_queues, payments, questions
from chalicelib.store import orders as table

_EXPIRY = Actor("system", "system:payment_stale")
_ON_ITS_WAY = timedelta(seconds=60)
_SILENT_FOR = timedelta(seconds=30)
_QUEUED_WITHIN = timedelta(minutes=2)


class Done(msgspec.Struct, frozen=True):
    """`delivered`: how many messages go out again. By the others, the order has changed."""

    expired: bool = False
    paid: bool = False
    settled: bool = False
    delivered: int = 0


def perform(known: OrderEvidence, thresholds: Thresholds, now: datetime) -> Done:
    """Do what is due. What fails stays due for the next sweep, and the rules tell people."""
    if known.order.status == "received" and known.order.placed_at + _QUEUED_WITHIN <= now:
        _queue_again(known.order, now)
    return Done(
        paid=_ask(known, thresholds["payment_stale"], now) | _close(known, now),
        expired=_expire(known.order, now),
        settled=_stop_waiting(known, now),
        delivered=_deliver_again(known, now),
    )


class _Silent:
    """Providers that did not answer this process a moment ago: others wait for none of them."""

    until: ClassVar[dict[str, datetime]] = {}


def _ask(known: OrderEvidence, stale: RuleSettings, now: datetime) -> bool:
    """Ask about a payment whose time has come; whether that was news."""
    news = False
    for payment in known.payments:
        if not payment_asks.due(payment, now) or _left_alone(payment, known, stale, now):
            continue
        try:
            if payments.ask_provider(payment.order_id, payment.payment_id, now):
                news = True
            else:
                asked = msgspec.structs.replace(payment, asked_at=now)
                table.replace_payment(payment, asked)
        except Unavailable:
            _Silent.until[payment.provider] = now + _SILENT_FOR
            logger.warning("provider not asked", extra={"provider": payment.provider})
        except DocketError as error:
            logger.warning("payment not asked", extra={"code": error.code, "why": error.detail})
    return news


def _left_alone(payment: Payment, known: OrderEvidence, stale: RuleSettings, now: datetime) -> bool:
    """A rule asks about it, in sight of people; it is to be closed, which tells as much; or its
    provider did not answer a moment ago.
    """
    noted = any(record.payment_id == payment.payment_id for record in known.records)
    is_stale = stale.enabled and now >= payment.created_at + stale.after
    return noted or is_stale or _ends(payment, known, now) or _is_silent(payment.provider, now)


def _ends(payment: Payment, known: OrderEvidence, now: datetime) -> bool:
    at = payment_closings.due_at(known.order, payment)
    return at is not None and at <= now


def _is_silent(provider: str, now: datetime) -> bool:
    return _Silent.until.get(provider, now) > now


def _close(known: OrderEvidence, now: datetime) -> bool:
    """Nobody may pay any more for what ended; whether a provider had news of it.

    What was paid in the meantime is taken, and goes back as any money that comes too late.
    """
    closed = False
    for payment in known.payments:
        if not _ends(payment, known, now) or _is_silent(payment.provider, now):
            continue
        if _closed(payment, now):
            closed = True
        else:
            table.replace_payment(payment, msgspec.structs.replace(payment, asked_at=now))
    return closed


def _closed(payment: Payment, now: datetime) -> bool:
    try:
        return payments.close(payment.order_id, payment, now)
    except Unavailable:
        _Silent.until[payment.provider] = now + _SILENT_FOR
        logger.warning("payment not closed", extra={"provider": payment.provider})
    except DocketError as error:
        logger.warning("payment not closed", extra={"code": error.code, "why": error.detail})
    return False


def _queue_again(order: Order, now: datetime) -> None:
    """Whoever took it may have been killed before it was queued."""
    try:
        if drains.may_be_lost(order, now):
            drains.queue_again(order)
    except Unavailable:
        logger.warning("order not queued again", extra={"order": order.order_id})


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


def _stop_waiting(known: OrderEvidence, now: datetime) -> bool:
    """For customers' answers: their time is over."""
    if not any(q.status == "open" and q.answer_by <= now for q in known.questions):
        return False
    try:
        return questions.settle_overdue(known.order.order_id, now)
    except DocketError as error:
        facts = {"order": known.order.order_id, "code": error.code, "why": error.detail}
        logger.warning("question not settled", extra=facts)
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


def _due_einvoices(
    known: OrderEvidence, events: Iterable[OrderEvent], now: datetime
) -> Iterator[tuple[OrderEvent, Consumer]]:
    """One message has the issuer drive all of the order's."""
    due = any(at <= now for at in einvoices.moments(known.einvoices, known.invoices))
    about = [event for event in events if event.type == "invoice.issued"]
    if due and about:
        yield about[-1], "invoices"


def _due_deliveries(known: OrderEvidence, now: datetime) -> Iterator[tuple[OrderEvent, Consumer]]:
    events = {event.event_id: event for event in known.events}
    for receipt in known.receipts:
        due = receipt.next_attempt_at is not None and receipt.next_attempt_at <= now
        if receipt.outcome == "pending" and due and receipt.event_id in events:
            yield events[receipt.event_id], receipt.consumer
    yield from _due_einvoices(known, events.values(), now)
    for event, consumer in owed(known.events, known.receipts):
        if tells_of_case(event) and event.at + _ON_ITS_WAY <= now:
            yield event, consumer
