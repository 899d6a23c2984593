"""What a tax platform is told of a document: parties, lines without tax, and their tax."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.catalogue import Store
from chalicelib.domain.einvoices import EInvoice
from chalicelib.domain.invoice_amounts import apportioned, net_amounts
from chalicelib.domain.invoice_details import Buyer
from chalicelib.domain.invoices import Invoice, InvoiceKind, Reason, Seller, seller_of
from chalicelib.domain.money import Money
from chalicelib.domain.text import localized

# The platform's language is that of the law.
_LANGUAGE = "zh-CN"
_FEE, _DISCOUNT = "配送费", "折扣"


class EInvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """`net_minor` and `tax_minor` are of all its pieces; those of a discount are below zero."""

    name: str
    quantity: int
    net_minor: int
    tax_minor: int
    sku: str | None = None


class EInvoiceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`goods_code` is the 19-digit tax classification of what the store sells.

    `corrects_number` is the number, at the platform, of what a red-letter one corrects. Its amounts
    are positive, as those of our credit notes.
    """

    request_id: str
    kind: InvoiceKind
    document_number: str
    order_number: str
    day: date
    seller: Seller
    buyer: Buyer
    lines: tuple[EInvoiceLine, ...]
    net: Money
    tax: Money
    total: Money
    tax_basis_points: int
    goods_code: str | None = None
    corrects_number: str | None = None
    reason: Reason | None = None


def request_of(
    einvoice: EInvoice, document: Invoice, store: Store, corrects_number: str | None
) -> EInvoiceRequest:
    """What was issued, in the name of the seller as known now: that may have been mended since."""
    nets = net_amounts([line.total_minor for line in document.lines], document.totals)
    currency = document.currency
    return EInvoiceRequest(
        request_id=einvoice.request_id,
        kind=document.kind,
        document_number=document.number,
        order_number=document.order_number,
        day=document.issued_at.astimezone(ZoneInfo(document.time_zone)).date(),
        seller=seller_of(store),
        buyer=document.buyer,
        lines=tuple(_lines(document)),
        net=Money(nets.basis, currency),
        tax=Money(nets.tax, currency),
        total=Money(nets.total, currency),
        tax_basis_points=document.tax_basis_points,
        goods_code=store.einvoice_goods_code,
        corrects_number=corrects_number,
        reason=document.reason,
    )


def _lines(document: Invoice) -> Iterator[EInvoiceLine]:
    nets = net_amounts([line.total_minor for line in document.lines], document.totals)
    amounts = (*nets.lines, nets.fee, -nets.discount)
    *taxes, fee_tax, discount_tax = apportioned(nets.tax, amounts)
    for line, net, tax in zip(document.lines, nets.lines, taxes, strict=True):
        yield EInvoiceLine(
            name=localized(line.name, _LANGUAGE), quantity=line.quantity, net_minor=net,
            tax_minor=tax, sku=line.sku,
        )  # fmt: skip
    if nets.fee:
        yield EInvoiceLine(name=_FEE, quantity=1, net_minor=nets.fee, tax_minor=fee_tax)
    if nets.discount:
        discount = -nets.discount
        yield EInvoiceLine(name=_DISCOUNT, quantity=1, net_minor=discount, tax_minor=discount_tax)
