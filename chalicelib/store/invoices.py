"""Invoices in their order's collection, with e-invoices; their counters; each customer's list.

A document lies compressed: it is written once and read when somebody looks at the order.
"""

import zlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.domain.clock import rfc3339
from chalicelib.domain.einvoices import EInvoice
from chalicelib.domain.invoices import Invoice, InvoiceKind
from chalicelib.domain.money import Money
from chalicelib.store import client
from chalicelib.store.client import Put, Update, Write
from chalicelib.store.tables import CustomerItem, OperationItem, OrderItem

INVOICE = "invoice#"
EINVOICE = "einvoice#"
_COUNTER = "counter"


class InvoiceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice in its customer's list."""

    invoice_id: str
    order_id: str
    order_number: str
    kind: InvoiceKind
    number: str
    issued_at: datetime
    total: Money


def item_of(invoice: Invoice) -> OrderItem:
    packed = zlib.compress(msgspec.json.encode(invoice), 9)
    return OrderItem(invoice.order_id, INVOICE + invoice.invoice_id, packed=packed)


def invoice_in(packed: bytes | None) -> Invoice:
    return msgspec.json.decode(zlib.decompress(packed or b""), type=Invoice)


def find_invoice(order_id: str, invoice_id: str) -> Invoice | None:
    with client.translating():
        items = OrderItem.batch_get([(order_id, INVOICE + invoice_id)], consistent_read=True)
        return next((invoice_in(item.packed) for item in items), None)


def find_invoices(places: Iterable[tuple[str, str]]) -> list[Invoice]:
    """Those that there are of these orders and invoices, in any order."""
    keys = [(order_id, INVOICE + invoice_id) for order_id, invoice_id in places]
    if not keys:
        return []
    with client.translating():
        items = OrderItem.batch_get(keys, consistent_read=True)
        return [invoice_in(item.packed) for item in items]


def find_einvoices(places: Iterable[tuple[str, str]]) -> list[EInvoice]:
    """Those that there are of these orders and invoices, in any order."""
    keys = [(order_id, EINVOICE + invoice_id) for order_id, invoice_id in places]
    if not keys:
        return []
    with client.translating():
        items = OrderItem.batch_get(keys, consistent_read=True)
        return [msgspec.json.decode(item.data, type=EInvoice) for item in items]


def last_sequence(store_id: str, year: int) -> int:
    """How many documents the store has issued in that year."""
    with client.translating():
        keys = [(_series(store_id, year), _COUNTER)]
        items = OperationItem.batch_get(keys, consistent_read=True)
        return next((int(item.version) for item in items), 0)


def counted(store_id: str, year: int, last: int, count: int) -> Write:
    """The write that moves the counter over `count` numbers, if it still stands at `last`."""
    item = OperationItem(_series(store_id, year), _COUNTER)
    stands = OperationItem.version == last if last else OperationItem.PK.does_not_exist()
    return Update(item, [OperationItem.version.set(last + count)], stands)


def listed(customer_id: str, invoice: Invoice) -> Write:
    """The write that puts a document into its customer's list."""
    entry = InvoiceEntry(
        invoice_id=invoice.invoice_id, order_id=invoice.order_id,
        order_number=invoice.order_number, kind=invoice.kind, number=invoice.number,
        issued_at=invoice.issued_at, total=invoice.totals.total,
    )  # fmt: skip
    return Put(CustomerItem(customer_id, INVOICE + place_of(entry), data=entry))


def list_invoices(customer_id: str, limit: int, before: str | None) -> list[InvoiceEntry]:
    """The newest first, those below the place `before`."""
    keys = CustomerItem.SK.between(INVOICE, INVOICE + (before or "~"))
    with client.translating():
        found = CustomerItem.query(
            customer_id, keys, scan_index_forward=False, limit=limit + 1, consistent_read=True
        )
        entries = [msgspec.json.decode(item.data, type=InvoiceEntry) for item in found]
    return [entry for entry in entries if place_of(entry) != before][:limit]


def place_of(entry: InvoiceEntry) -> str:
    """Where in the list it stands, to go on after it."""
    return f"{rfc3339(entry.issued_at)}#{entry.number}"


def _series(store_id: str, year: int) -> str:
    return f"invoices#{store_id}#{year}"
