"""Invoices and credit notes: which an order is owed, by what was paid, given back and changed.

A document never changes once it has its number. A refund is answered by a credit note over what
was given back; a changed order by a credit note over the rest of its invoice and a new invoice.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.domain.catalogue import Store
from chalicelib.domain.invoice_details import Buyer
from chalicelib.domain.money import Money, zero
from chalicelib.domain.orders import LineItem, Order, OrderEvent, Totals
from chalicelib.domain.text import Text

InvoiceKind = Literal["invoice", "credit_note"]
Reason = Literal["refund", "order_changed", "details_changed", "paid_again"]

# Nothing was delivered: such an order gets no first invoice, however it was paid.
_ENDED = frozenset({"canceled", "rejected"})
_PAID = frozenset({"paid", "overpaid"})
_REFUND_LINE: Text = {"en": "Refund", "zh-CN": "退款"}


class Seller(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: Text
    country: str
    address: Text = msgspec.field(default_factory=dict)
    tax_id: str | None = None


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Prices as the store quotes them: with the tax in tax-inclusive stores, else without."""

    name: Text
    quantity: int
    unit_price_minor: int
    total_minor: int
    sku: str | None = None


class Invoice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`sequence` counts the documents of one store and year. Amounts of credit notes are positive.

    `check_code` is printed on the paper and proves that whoever asks about it has seen it.
    `corrects` is the invoice that a credit note takes back, wholly or in part.
    """

    invoice_id: str
    order_id: str
    order_number: str
    store_id: str
    kind: InvoiceKind
    number: str
    sequence: int
    year: int
    issued_at: datetime
    lines: tuple[InvoiceLine, ...]
    totals: Totals
    tax_basis_points: int
    tax_inclusive: bool
    seller: Seller
    buyer: Buyer
    language: str
    time_zone: str
    check_code: str
    corrects: str | None = None
    corrects_number: str | None = None
    reason: Reason | None = None

    @property
    def currency(self) -> str:
        return self.totals.total.currency


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is owed, without its number."""

    kind: InvoiceKind
    lines: tuple[InvoiceLine, ...]
    totals: Totals
    buyer: Buyer
    corrects: "Invoice | Draft | None" = None
    reason: Reason | None = None


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What the order is invoiced at: the invoice in force and what its credit notes leave of it."""

    invoice: Invoice
    left: Totals


def position(invoices: Sequence[Invoice]) -> Position | None:
    """None while nothing is invoiced, or all of it was taken back."""
    current = next((one for one in reversed(invoices) if one.kind == "invoice"), None)
    if current is None:
        return None
    left = current.totals
    for note in invoices:
        if note.corrects == current.invoice_id:
            left = _minus(left, note.totals)
    return Position(invoice=current, left=left) if left.total.amount_minor > 0 else None


def owed(
    order: Order,
    events: Iterable[OrderEvent],
    invoices: Sequence[Invoice],
    wanted: Buyer | None,
    usual: Buyer,
) -> tuple[Draft, ...]:
    """The documents that bring the invoices to where the order is; none when they are there.

    `wanted` is the buyer as asked for with this order, `usual` the customer's standing wish.
    """
    value = min(order.totals.total.amount_minor, order.captured_minor - order.refunded_minor)
    held = position(invoices)
    if held is None:
        if not _is_due(order, events, invoices, value):
            return ()
        return _anew(order, wanted or usual, value)
    buyer = wanted or held.invoice.buyer
    if value == 0:
        return _credited(held, 0, "refund")
    if buyer != held.invoice.buyer:
        return (*_credited(held, 0, "details_changed"), *_anew(order, buyer, value))
    if not _says(held.invoice, order):
        return (*_credited(held, 0, "order_changed"), *_anew(order, buyer, value))
    if value > held.left.total.amount_minor:
        return (*_credited(held, 0, "paid_again"), *_anew(order, buyer, value))
    return _credited(held, value, "refund")


def _is_due(
    order: Order, events: Iterable[OrderEvent], invoices: Sequence[Invoice], value: int
) -> bool:
    """Whether the order was paid in full while it was alive, or is worth something again."""
    if order.totals.total.amount_minor <= 0:
        return False
    if invoices:
        return value > 0 and order.status not in _ENDED
    return any(
        event.type == "payment.captured"
        and event.payment_status in _PAID
        and event.status not in _ENDED
        for event in events
    )


def _anew(order: Order, buyer: Buyer, value: int) -> tuple[Draft, ...]:
    """An invoice over the whole order, and a credit note over what was given back of it before."""
    invoice = Draft(kind="invoice", lines=lines_of(order), totals=order.totals, buyer=buyer)
    given_back = order.totals.total.amount_minor - value
    if given_back <= 0:
        return (invoice,)
    return invoice, _note(invoice, order.totals, given_back, "refund")


def _credited(held: Position, down_to: int, reason: Reason) -> tuple[Draft, ...]:
    taken = held.left.total.amount_minor - down_to
    return (_note(held.invoice, held.left, taken, reason),) if taken > 0 else ()


def _note(invoice: Invoice | Draft, left: Totals, amount: int, reason: Reason) -> Draft:
    """Takes back `amount` of what is left of an invoice: with its lines if that is all of it."""
    if amount == invoice.totals.total.amount_minor:
        lines, totals = invoice.lines, invoice.totals
    else:
        totals = _part(left, amount)
        subtotal = totals.subtotal.amount_minor
        lines = (
            InvoiceLine(
                name=_REFUND_LINE, quantity=1, unit_price_minor=subtotal, total_minor=subtotal
            ),
        )
    return Draft(
        kind="credit_note", lines=lines, totals=totals, buyer=invoice.buyer, corrects=invoice,
        reason=reason,
    )  # fmt: skip


def _part(left: Totals, amount: int) -> Totals:
    """`amount` of the total with its share of the tax; the last part takes all that is left."""
    currency = left.total.currency
    total = left.total.amount_minor
    tax = (left.tax.amount_minor * amount * 2 + total) // (2 * total)
    is_exclusive = _net(left) + left.tax.amount_minor == total
    return Totals(
        subtotal=Money(amount - tax if is_exclusive else amount, currency),
        discount=zero(currency),
        delivery_fee=zero(currency),
        tax=Money(tax, currency),
        total=Money(amount, currency),
    )


def _net(totals: Totals) -> int:
    parts = totals.subtotal - totals.discount + totals.delivery_fee
    return parts.amount_minor


def _minus(left: Totals, taken: Totals) -> Totals:
    """What remains, as one amount: parts of an invoice are taken back without its lines."""
    currency = left.total.currency
    net = Money(_net(left) - _net(taken), currency)
    return Totals(
        subtotal=net,
        discount=zero(currency),
        delivery_fee=zero(currency),
        tax=left.tax - taken.tax,
        total=left.total - taken.total,
    )


def _says(invoice: Invoice, order: Order) -> bool:
    return invoice.totals == order.totals and invoice.lines == lines_of(order)


def lines_of(order: Order) -> tuple[InvoiceLine, ...]:
    return tuple(
        InvoiceLine(
            name=_name(line), quantity=line.quantity, sku=line.sku,
            unit_price_minor=line.unit_price.amount_minor,
            total_minor=line.line_total.amount_minor,
        )
        for line in order.line_items
    )  # fmt: skip


def _name(line: LineItem) -> Text:
    """With the chosen options, which are part of what was sold."""
    if not line.options:
        return line.name
    return {
        language: f"{name} ({', '.join(o.name.get(language, o.choice_id) for o in line.options)})"
        for language, name in line.name.items()
    }


def seller_of(store: Store) -> Seller:
    """ISO 4217 codes begin with a country's; a store of a currency union names its own."""
    return Seller(
        name=store.name,
        address=store.address,
        country=store.country or store.currency[:2],
        tax_id=store.tax_id,
    )


def number_of(store_id: str, year: int, sequence: int) -> str:
    """`MARKET-2026-000012`: in the order of issue within a store and year."""
    return f"{store_id.removeprefix('sto_').upper()}-{year}-{sequence:06d}"
