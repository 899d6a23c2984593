"""What must be true of every order and every stock level, checked mechanically.

The same checks run after each step of the reliability tests, nightly, and by `make verify`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from chalicelib.domain import cancellations, orders, refunds
from chalicelib.domain.disputes import Dispute
from chalicelib.domain.einvoices import EInvoice
from chalicelib.domain.invoice_books import (
    einvoice_faults,
    fee_faults,
    invoice_faults,
    ledger_faults,
    number_faults,
)
from chalicelib.domain.invoices import Invoice
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.payments import Payment, Refund
from chalicelib.domain.receipts import Receipt, owed
from chalicelib.domain.stock import StockLevel
from chalicelib.domain.stock_drift import Drift, drift_of

# Where an event may lead from the status before it.
_AFTER: Mapping[str, frozenset[str]] = {
    "order.received": frozenset({""}),
    "order.placed": frozenset({"", "received"}),
    "order.confirmed": frozenset({"placed", ""}),
    "order.accepted": frozenset({"confirmed"}),
    "order.preparing": frozenset({"accepted"}),
    "order.ready": frozenset({"preparing"}),
    "order.shipped": frozenset({"preparing", "ready"}),
    "order.delivered": frozenset({"shipped"}),
    "order.completed": frozenset({"ready", "shipped"}),
    "order.canceled": cancellations.BY_STAFF,
    "order.rejected": frozenset({"confirmed", "received"}),
}
_STATUS_OF = {
    "order.received": "received", "order.placed": "placed", "order.confirmed": "confirmed",
    "order.accepted": "accepted", "order.preparing": "preparing", "order.ready": "ready",
    "order.shipped": "shipped", "order.delivered": "shipped", "order.completed": "completed",
    "order.canceled": "canceled", "order.rejected": "rejected",
}  # fmt: skip


class Violation(msgspec.Struct, frozen=True):
    """One thing that is not as it must be: which law, about what, and the evidence."""

    invariant: str
    subject: str
    detail: str


class OrderBook(msgspec.Struct, frozen=True, kw_only=True):
    """Everything kept about one order."""

    order: Order
    events: Sequence[OrderEvent]
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute] = ()
    receipts: Sequence[Receipt]
    invoices: Sequence[Invoice] = ()
    einvoices: Sequence[EInvoice] = ()
    has_open_case: bool = False


def check_order(book: OrderBook) -> Iterator[Violation]:
    """Laws of one order by itself."""
    for law in _LAWS:
        for detail in law(book):
            yield Violation(law.__name__.strip("_"), book.order.order_id, detail)


def check_numbers(books: Iterable[OrderBook]) -> Iterator[Violation]:
    """Laws between the invoices of all orders together."""
    for series, detail in number_faults(one for book in books for one in book.invoices):
        yield Violation("invoice_numbers", series, detail)


def check_duties(
    book: OrderBook, now: datetime, *, receipt_seconds: int, acceptance_seconds: int
) -> Iterator[Violation]:
    """Laws with a deadline: every fact reached its consumers, every merchant answered; or a case
    is open, so that somebody knows.
    """
    if book.has_open_case:
        return
    order = book.order
    for event, consumer in owed(book.events, book.receipts):
        if (now - event.at).total_seconds() > receipt_seconds:
            yield Violation("receipts", order.order_id, f"{consumer} owes one for {event.event_id}")
    waited = (now - (order.confirmed_at or now)).total_seconds()
    if order.status == "confirmed" and waited > acceptance_seconds:
        yield Violation("acknowledged", order.order_id, f"unanswered for {waited:.0f} s")


def stock_drifts(
    levels: Iterable[StockLevel], books: Iterable[OrderBook], at: datetime
) -> Iterator[Drift]:
    """Where the shelves and all orders together do not agree."""
    reserved: dict[tuple[str, str], int] = {}
    sold: dict[tuple[str, str], int] = {}
    for book in books:
        order = book.order
        held = [order.reserved, order.pending_edit.reserved if order.pending_edit else {}]
        for units in held:
            _add(reserved, order.store_id, units)
        if order.status in {"shipped", "completed"}:
            _add(sold, order.store_id, orders.units_of(order.line_items))
    known = {(level.store_id, level.sku): level for level in levels}
    unknown = {key for key, quantity in reserved.items() if quantity}
    for key in sorted(known.keys() | unknown):
        level = known.get(key) or StockLevel(store_id=key[0], sku=key[1])
        drift = drift_of(level, at, held=reserved.get(key, 0), sold=sold.get(key, 0))
        if drift.faults:
            yield drift


def check_stock(drifts: Iterable[Drift]) -> Iterator[Violation]:
    for drift in drifts:
        for fault in drift.faults:
            yield Violation("stock", f"{drift.level.store_id}/{drift.level.sku}", fault["en"])


def _versions(book: OrderBook) -> Iterator[str]:
    versions = [event.version for event in book.events]
    if versions != list(range(1, len(versions) + 1)):
        yield f"versions {versions}"
    if not versions or versions[-1] != book.order.version:
        yield f"the order says {book.order.version}, its log ends at {versions[-1:]}"


def _steps(book: OrderBook) -> Iterator[str]:
    status = ""
    for event in book.events:
        if event.type in _AFTER:
            if status not in _AFTER[event.type]:
                yield f"{event.type} after {status or 'nothing'}"
            status = _STATUS_OF[event.type]
    if status != book.order.status:
        yield f"the log leads to {status}, the order is {book.order.status}"


def _totals(book: OrderBook) -> Iterator[str]:
    totals = book.order.totals
    lines = book.order.line_items
    if any(line.unit_price * line.quantity != line.line_total for line in lines):
        yield "a line is not its price times its quantity"
    if sum(line.line_total.amount_minor for line in lines) != totals.subtotal.amount_minor:
        yield "the subtotal is not the lines' sum"
    net = totals.subtotal - totals.discount + totals.delivery_fee
    if totals.total not in {net, net + totals.tax}:
        yield "the total is not its parts' sum"


def _money(book: OrderBook) -> Iterator[str]:
    order = book.order
    captured = sum(payment.captured_minor for payment in book.payments)
    if captured != order.captured_minor:
        yield f"payments captured {captured}, the order says {order.captured_minor}"
    given = _refunded(book.refunds, "succeeded")
    if given != order.refunded_minor:
        yield f"refunds gave {given}, the order says {order.refunded_minor}"
    pending = _refunded(book.refunds, "pending")
    if pending != order.refund_pending_minor:
        yield f"refunds pending {pending}, the order says {order.refund_pending_minor}"
    if order.captured_minor < order.refunded_minor + order.lost_minor:
        yield "more was given back than taken"
    if order.payment_status == "paid" and order.due_minor + order.refund_pending_minor != 0:
        yield f"paid, but {order.due_minor} is due"
    if sum(payment.status in {"pending", "authorized"} for payment in book.payments) > 1:
        yield "two payments are open"


def _charges(book: OrderBook) -> Iterator[str]:
    """All of a payment in the one currency is all of it in the other, and all that went back."""
    for payment in book.payments:
        if not payment.charge:
            continue
        taken, home = payment.charge.captured_minor, payment.captured_minor
        asked = payment.charge.amount.amount_minor
        if (taken == asked) != (home == payment.amount.amount_minor):
            yield f"{payment.payment_id}: {taken} of {asked} taken, booked as {home}"
        given = refunds.given_of(payment, book.refunds, book.disputes)
        if given.minor == home and given.charged_minor != taken:
            yield f"{payment.payment_id}: {given.charged_minor} of {taken} went back for all of it"


def _disputes(book: OrderBook) -> Iterator[str]:
    order = book.order
    for status, counted in (("open", order.disputed_minor), ("lost", order.lost_minor)):
        claimed = _disputed(book.disputes, status)
        if claimed != counted:
            yield f"disputes {status} {claimed}, the order says {counted}"


def _disputed(disputes: Sequence[Dispute], status: str) -> int:
    return sum(dispute.amount.amount_minor for dispute in disputes if dispute.status == status)


def _refunded(refunds: Sequence[Refund], status: str) -> int:
    return sum(refund.amount.amount_minor for refund in refunds if refund.status == status)


def _holdings(book: OrderBook) -> Iterator[str]:
    order = book.order
    gone = order.is_terminal or order.status in {"shipped", "received"}
    if gone and (order.reserved or order.pending_edit):
        yield f"{order.status}, but still holds {order.reserved}"
    if not gone and order.reserved != orders.units_of(order.line_items):
        yield f"holds {order.reserved}, its lines need {orders.units_of(order.line_items)}"


def _invoices(book: OrderBook) -> Iterator[str]:
    waits = any(consumer == "invoices" for _, consumer in owed(book.events, book.receipts))
    yield from invoice_faults(book.order, book.events, book.invoices, settled=not waits)
    yield from einvoice_faults(book.invoices, book.einvoices)


def _ledger(book: OrderBook) -> Iterator[str]:
    return ledger_faults(book.order, book.events)


def _fees(book: OrderBook) -> Iterator[str]:
    return fee_faults(book.events)


_LAWS = (
    _versions, _steps, _totals, _money, _charges, _disputes, _holdings, _invoices, _ledger, _fees,
)  # fmt: skip


def _add(sums: dict[tuple[str, str], int], store_id: str, units: Mapping[str, int]) -> None:
    for sku, quantity in units.items():
        sums[store_id, sku] = sums.get((store_id, sku), 0) + quantity
