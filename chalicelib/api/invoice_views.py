"""Invoices as the API shows them."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from chalicelib.domain.einvoices import EInvoice, Fault, State
from chalicelib.domain.invoice_details import Buyer
from chalicelib.domain.invoices import Invoice, InvoiceKind, Reason, Seller
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Totals
from chalicelib.domain.text import Text, localized
from chalicelib.store.order_files import OrderFile


class EInvoiceView(msgspec.Struct, kw_only=True):
    """The tax platform's own document. `number` is the platform's; a `genuine` one is a tax
    document. `fault` says who can mend what it was `rejected` for.
    """

    provider: str
    state: State
    genuine: bool
    number: str | None
    link: str | None
    has_paper: bool
    fault: Fault | None
    message: str | None
    attempt: int
    requested_at: datetime
    ended_at: datetime | None


class InvoiceSummary(msgspec.Struct, kw_only=True):
    """One of an order's `invoices`, ascending by number."""

    invoice_id: str
    order_id: str
    kind: InvoiceKind
    number: str
    issued_at: datetime
    total: Money
    tax: Money
    title: str | None
    tax_id: str | None
    corrects: str | None
    reason: Reason | None
    e_invoice: EInvoiceView | None = None


class InvoiceLineView(msgspec.Struct, kw_only=True):
    sku: str | None
    name: str
    names: Text
    quantity: int
    unit_price: Money
    line_total: Money


class InvoiceView(InvoiceSummary, kw_only=True):
    order_number: str
    store_id: str
    seller: Seller
    buyer: Buyer
    lines: list[InvoiceLineView]
    totals: Totals
    tax_basis_points: int
    tax_inclusive: bool
    check_url: str


class InvoiceCheck(msgspec.Struct, kw_only=True):
    """What whoever holds the paper may know: that it is genuine, and what must be on it."""

    genuine: bool
    number: str
    kind: InvoiceKind
    issued_at: datetime
    seller: str
    total: Money
    tax: Money


def of_order(file: OrderFile) -> list[InvoiceSummary]:
    """All of an order's, each with its e-invoice."""
    known = e_invoices({one.invoice_id: one for one in file.einvoices})
    return [summary(invoice, known.get(invoice.invoice_id)) for invoice in file.invoices]


def e_invoices(found: Mapping[str, EInvoice]) -> dict[str, EInvoiceView]:
    """By the document that each is of."""
    return {invoice_id: e_invoice(one) for invoice_id, one in found.items()}


def e_invoice(einvoice: EInvoice) -> EInvoiceView:
    names = EInvoiceView.__struct_fields__
    return EInvoiceView(**{name: getattr(einvoice, name) for name in names})


def summary(invoice: Invoice, e_invoice: EInvoiceView | None = None) -> InvoiceSummary:
    return InvoiceSummary(
        invoice_id=invoice.invoice_id, order_id=invoice.order_id, kind=invoice.kind,
        number=invoice.number, issued_at=invoice.issued_at, total=invoice.totals.total,
        tax=invoice.totals.tax, title=invoice.buyer.title, tax_id=invoice.buyer.tax_id,
        corrects=invoice.corrects, reason=invoice.reason, e_invoice=e_invoice,
    )  # fmt: skip


def whole(invoice: Invoice, language: str, check_url: str) -> InvoiceView:
    return InvoiceView(
        **msgspec.structs.asdict(summary(invoice)),
        order_number=invoice.order_number,
        store_id=invoice.store_id,
        seller=invoice.seller,
        buyer=invoice.buyer,
        lines=[
            InvoiceLineView(
                sku=line.sku, name=localized(line.name, language), names=line.name,
                quantity=line.quantity, unit_price=Money(line.unit_price_minor, invoice.currency),
                line_total=Money(line.total_minor, invoice.currency),
            )
            for line in invoice.lines
        ],
        totals=invoice.totals,
        tax_basis_points=invoice.tax_basis_points,
        tax_inclusive=invoice.tax_inclusive,
        check_url=check_url,
    )  # fmt: skip


def check(invoice: Invoice, language: str) -> InvoiceCheck:
    return InvoiceCheck(
        genuine=True, number=invoice.number, kind=invoice.kind, issued_at=invoice.issued_at,
        seller=localized(invoice.seller.name, language), total=invoice.totals.total,
        tax=invoice.totals.tax,
    )  # fmt: skip
