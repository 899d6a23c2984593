"""Issuing what an order is owed, without gaps in the numbers; and finding what was issued.

A document is rendered and put away under the next number first. Then one transaction moves the
counter and writes the document with its event: whoever finds the counter elsewhere begins again,
so a crash leaves no gap, and a repeated message finds nothing owed.
"""

import hmac
from datetime import datetime

import msgspec

from chalicelib.domain import invoices as domain
from chalicelib.domain import orders as order_domain
from chalicelib.domain.errors import Conflict, NotFound, Stale, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.ids import fresh
from chalicelib.domain.invoice_details import Buyer, InvoiceDetails
from chalicelib.domain.invoice_numbers import issued, numbered, year_of
from chalicelib.domain.invoices import Draft, Invoice
from chalicelib.domain.orders import Change, OrderEvent
from chalicelib.domain.receipts import INVOICED_EVENTS, Receipt
from chalicelib.observability import count, logger
from chalicelib.services import (
    catalogue,
    einvoices,
    invoice_names,
    ledger_days,
    orders,
    papers,
)
from chalicelib.services.races import looking_again
from chalicelib.store import invoices as table
from chalicelib.store import orders as order_table
from chalicelib.store import receipts
from chalicelib.store.client import TransactionRefused
from chalicelib.store.invoices import InvoiceEntry
from chalicelib.store.order_files import OrderFile
from chalicelib.store.recipients import find_recipient

# Each change of details costs the store two numbers.
REQUESTS_MAX = 5
_TRIES_MAX = 8
_CODE_LENGTH = 11


def issue(event: OrderEvent, now: datetime) -> tuple[Invoice, ...]:
    """Bring the order's invoices to where it is by now, however often the event arrives.

    Raises `Unavailable` when it must come again: the store issues many at once, or a table rests.
    """
    for _ in range(_TRIES_MAX):
        file = order_table.load_file(event.order_id)
        try:
            documents = _issue(file, _owed(file), now)
        except (Stale, TransactionRefused):
            continue
        if event.type in INVOICED_EVENTS:
            receipts.first(_receipt(event, bool(file.invoices or documents), now))
        return documents
    raise Unavailable("The store's numbers are in great demand; try again.")


def _owed(file: OrderFile) -> tuple[Draft, ...]:
    usual = Buyer()
    if file.order.customer_id and not file.invoices and not file.buyer:
        usual = find_recipient(file.order.customer_id).preferences.invoice_details or usual
    return domain.owed(file.order, file.events, file.invoices, file.buyer, usual)


def _issue(file: OrderFile, drafts: tuple[Draft, ...], now: datetime) -> tuple[Invoice, ...]:
    if not drafts:
        return ()
    order = file.order
    store = catalogue.store_in(catalogue.current_snapshot(), order.store_id)
    year = year_of(store, now)
    last = table.last_sequence(store.store_id, year)
    code = fresh("c").removeprefix("c_")[:_CODE_LENGTH]
    documents = numbered(drafts, order, store, last, code, now)
    for document in documents:
        papers.keep(document)
        invoice_names.keep(document)
    wanted = einvoices.owed(store, file, documents, now)
    listed = [table.listed(order.customer_id, one) for one in documents if order.customer_id]
    counted = table.counted(store.store_id, year, last, len(documents))
    change = issued(order, documents, now, wanted)
    booked = ledger_days.booking(file, change)
    orders.save(change, now, also=(counted, *listed, *booked))
    for document in documents:
        count("InvoicesIssued")
        facts = {"order_id": order.order_id, "number": document.number, "kind": document.kind}
        logger.info("issued", extra=facts)
    return documents


def _receipt(event: OrderEvent, is_invoiced: bool, now: datetime) -> Receipt:
    """That the event asks for nothing more: documents answer for it, or nothing was owed."""
    return Receipt(
        order_id=event.order_id, event_id=event.event_id, version=event.version,
        event_type=event.type, consumer="invoices", at=now,
        outcome="delivered" if is_invoiced else "not_applicable",
    )  # fmt: skip


@looking_again
def ask_for(order_id: str, details: InvoiceDetails, caller: Caller, now: datetime) -> OrderFile:
    """Have the order's invoice made out to these details; what was issued before is taken back.

    Before the order is paid they are kept until it is. Asking for what is asked for is done.
    """
    buyer = details.as_buyer()
    file = orders.load_to_change(caller, order_id)
    if file.buyer == buyer:
        return file
    if sum(event.type == "invoice.requested" for event in file.events) >= REQUESTS_MAX:
        raise Conflict("The details were changed too often.", code="invoice_details_final")
    actor = orders.actor_of(caller)
    after, events = order_domain.happened(file.order, (("invoice.requested", {}),), actor, now)
    change = Change(before=file.order, order=after, events=events, documents=(buyer,))
    return file.after(orders.save(change, now), change)


def load_invoice(caller: Caller, order_id: str, invoice_id: str) -> Invoice:
    """For whoever may see the order; another's invoice does not exist."""
    orders.load_for(caller, order_id)
    return _found(order_id, invoice_id)


def _found(order_id: str, invoice_id: str) -> Invoice:
    found = table.find_invoice(order_id, invoice_id)
    if found is None:
        raise NotFound("There is no such invoice.", code="invoice_not_found")
    return found


def check(order_id: str, invoice_id: str, code: str) -> Invoice:
    """The document that a paper with this code is of. Raises `NotFound` for a forged one."""
    found = _found(order_id, invoice_id)
    if not hmac.compare_digest(found.check_code.encode(), code.encode()):
        raise NotFound("There is no such invoice.", code="invoice_not_found")
    return found


class InvoiceList(msgspec.Struct, frozen=True):
    """A page of a customer's invoices; `next_place` is where the next one goes on."""

    entries: list[InvoiceEntry]
    next_place: str | None


def list_invoices(customer_id: str, limit: int, before: str | None) -> InvoiceList:
    """The newest first."""
    found = table.list_invoices(customer_id, limit + 1, before)
    entries = found[:limit]
    return InvoiceList(entries, table.place_of(entries[-1]) if len(found) > limit else None)
