"""Placing an order that was taken before: price, stock and duplicates are checked again.

One transaction decides it, so a message may come as often as it likes. What the order itself cannot
get past is a rejection that the customer is told; anything else comes again.
"""

from collections.abc import Mapping
from datetime import MAXYEAR, datetime, timedelta
from typing import Any

import msgspec

from chalicelib import aws
from chalicelib.domain import intake as domain
from chalicelib.domain.catalogue import next_opening
from chalicelib.domain.clock import from_epoch_ms
from chalicelib.domain.errors import (
    Conflict,
    DocketError,
    InvalidInput,
    Malformed,
    NotFound,
    Stale,
    Unavailable,
)
from chalicelib.domain.intake import Intake
from chalicelib.domain.orders import Order, units_of
from chalicelib.observability import count, logger
from chalicelib.services import allowances, intake_queues, orders, quotes, taken_orders
from chalicelib.services.quotes import Quote
from chalicelib.store import orders as table
from chalicelib.store.orders import AlreadyThere

_TRIES_MAX = 3


def import_message(body: str, now: datetime) -> None:
    """Raises `Unavailable` when the order must wait. What is no order at all is set aside."""
    try:
        intake = domain.decode(body)
    except Malformed as poison:
        intake_queues.set_aside(body, poison.detail)
        count("IntakePoison")
        return
    try:
        import_order(intake, now)
    except DocketError:
        raise
    except Exception as error:
        _note_failed(intake, error)
        raise


def import_order(intake: Intake, now: datetime) -> Order:
    """The order as it is once it is placed or rejected, by us or by whoever came before."""
    for _ in range(_TRIES_MAX):
        try:
            order = _imported(intake, now)
        except (Stale, AlreadyThere):
            continue
        taken_orders.note(intake.incident_ids, taken_orders.entry_of(intake.order))
        return order
    raise Unavailable("Somebody else is at this order.")


def put_off(record: Mapping[str, Any], now: datetime) -> None:
    """Hide a message that comes again: the longer it waits, the less often it is tried."""
    sent_at = from_epoch_ms(int(record["attributes"]["SentTimestamp"]))
    hidden = domain.hidden_for(max(now - sent_at, timedelta(0)))
    with aws.calling("The intake queue"):
        intake_queues.hide(record["receiptHandle"], int(hidden.total_seconds()))


def _imported(intake: Intake, now: datetime) -> Order:
    order = intake.order
    request = domain.request_of(order)
    try:
        quoted = quotes.quote(request, order.order_id)
    except NotFound as gone:
        return _rejected(table.find_order(order.order_id), intake, gone, now)
    known = quoted.reading.order
    if known is not None and known.fingerprint != order.fingerprint:
        return _told_of_the_other(known, intake, now)
    if known is not None and known.status != "received":
        return known
    if quoted.reading.held_by:
        raise Unavailable("The store's orders wait for an incident to close.")
    try:
        return _placed(quoted, known, intake, now)
    except (InvalidInput, Conflict) as refusal:
        if isinstance(refusal, Stale | AlreadyThere):
            raise
        return _rejected(known, intake, refusal, now)


def _placed(quoted: Quote, known: Order | None, intake: Intake, now: datetime) -> Order:
    """The price is judged by what was told when the order was taken."""
    order = domain.begun(known, intake)[0]
    quotes.require_valid(quoted)
    quotes.require_open(quoted, now, taken_at=order.placed_at)
    _require_price(quoted, order)
    quotes.require_stock(quoted)
    placed, facts = orders.confirmed_if_free(_priced_anew(order, quoted, now), now)
    change = domain.placing(known, intake, placed, facts, now)
    saved = orders.save(change, now, also=allowances.noting(change.order))
    count("OrdersImported")
    return saved


def _require_price(quoted: Quote, order: Order) -> None:
    """Cheaper by now is the customer's luck; dearer is not what they agreed to."""
    total = quoted.priced.totals.total
    if total.currency != order.currency or total.amount_minor > order.totals.total.amount_minor:
        raise Conflict("It costs more than you were told.", code="price_changed")


def _priced_anew(order: Order, quoted: Quote, now: datetime) -> Order:
    """The time to pay begins when the order can be paid, the store's work when it is open."""
    priced, store = quoted.priced, quoted.store
    promise = timedelta(seconds=store.promise_seconds.get(order.fulfillment.type, 3600))
    opens = next_opening(store, now)
    begins = opens if opens and opens.year < MAXYEAR else now
    return msgspec.structs.replace(
        order,
        status="placed",
        line_items=priced.line_items,
        totals=priced.totals,
        expires_at=now + timedelta(seconds=store.order_expires_seconds),
        promised_at=max(begins + promise, order.fulfillment.requested_at or now),
        reserved=units_of(priced.line_items),
    )


def _rejected(known: Order | None, intake: Intake, refusal: DocketError, now: datetime) -> Order:
    """The customer is told why; nothing was reserved, nothing was charged."""
    if known is not None and known.status != "received":
        return known
    facts = {"detail": refusal.detail, **refusal.facts}
    change = domain.rejecting(known, intake, refusal.code, facts, now)
    saved = orders.save(change, now)
    count("OrdersRejectedAtImport")
    return saved


def _told_of_the_other(known: Order, intake: Intake, now: datetime) -> Order:
    """One key for two orders: the first stands, the other is none, and its customer hears of it."""
    mark = intake.order.fingerprint[:16]
    events = table.load_file(known.order_id).events
    if any(event.type == domain.REFUSED_REPEAT and event.data["mark"] == mark for event in events):
        return known
    saved = orders.save(domain.refusing_repeat(known, mark, now), now)
    count("KeyReusedAtImport")
    logger.error("one key for two orders", extra={"order": known.order_id})
    return saved


def _note_failed(intake: Intake, error: Exception) -> None:
    """For the incident's report; the message comes again all the same."""
    try:
        taken_orders.note_failed(intake.incident_ids, intake.order, repr(error)[:300])
    except Unavailable:
        logger.warning("failure not listed", extra={"order": intake.order.order_id})
