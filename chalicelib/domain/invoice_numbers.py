"""Giving drafts their numbers, one after the other, and the facts that tell of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain import ids, orders
from chalicelib.domain.catalogue import Store
from chalicelib.domain.einvoices import EInvoice
from chalicelib.domain.invoice_amounts import net_amounts
from chalicelib.domain.invoices import Draft, Invoice, number_of, seller_of
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor, Change, Order

ISSUER = Actor("system", "system:issue_invoices")


def year_of(store: Store, now: datetime) -> int:
    """The year in which a document of the store is issued, by the store's own clock."""
    return now.astimezone(ZoneInfo(store.time_zone)).year


def numbered(
    drafts: Sequence[Draft], order: Order, store: Store, last: int, code: str, now: datetime
) -> tuple[Invoice, ...]:
    """The drafts as documents, their numbers the next after `last`."""
    issued: dict[int, Invoice] = {}
    for offset, draft in enumerate(drafts, 1):
        corrected = draft.corrects
        if isinstance(corrected, Draft):
            corrected = issued[id(corrected)]
        issued[id(draft)] = _document(draft, corrected, order, store, last, offset, code, now)
    return tuple(issued.values())


def _document(
    draft: Draft,
    corrected: Invoice | None,
    order: Order,
    store: Store,
    last: int,
    offset: int,
    code: str,
    now: datetime,
) -> Invoice:
    year, sequence = year_of(store, now), last + offset
    return Invoice(
        invoice_id=ids.derived("inv", order.order_id, str(order.version + offset)),
        order_id=order.order_id,
        order_number=order.number,
        store_id=store.store_id,
        kind=draft.kind,
        number=number_of(store.store_id, year, sequence),
        sequence=sequence,
        year=year,
        issued_at=now,
        lines=draft.lines,
        totals=draft.totals,
        tax_basis_points=store.tax_basis_points,
        tax_inclusive=store.tax_inclusive,
        seller=seller_of(store),
        buyer=draft.buyer,
        language=order.language,
        time_zone=store.time_zone,
        check_code=f"{code}{offset}",
        corrects=corrected.invoice_id if corrected else None,
        corrects_number=corrected.number if corrected else None,
        reason=draft.reason,
    )


def issued(
    order: Order, invoices: Sequence[Invoice], now: datetime, wanted: Sequence[EInvoice] = ()
) -> Change:
    """The order with its new documents, a fact for each, and the e-invoices wanted of them."""
    facts = tuple(("invoice.issued", _facts(invoice)) for invoice in invoices)
    after, events = orders.happened(order, facts, ISSUER, now)
    return Change(before=order, order=after, events=events, documents=(*invoices, *wanted))


def _facts(invoice: Invoice) -> dict[str, Any]:
    nets = net_amounts([line.total_minor for line in invoice.lines], invoice.totals)
    facts: dict[str, Any] = {
        "invoice_id": invoice.invoice_id,
        "kind": invoice.kind,
        "number": invoice.number,
        "total": msgspec.to_builtins(invoice.totals.total),
        **dict(_amounts(invoice.currency, tax=nets.tax, discount=nets.discount)),
    }
    if invoice.corrects:
        facts |= {"corrects": invoice.corrects, "reason": invoice.reason}
    return facts


def _amounts(currency: str, **amounts: int) -> Iterator[tuple[str, Any]]:
    """Those that are not zero: every event is kept for ever."""
    for name, amount in amounts.items():
        if amount:
            yield name, msgspec.to_builtins(Money(amount, currency))
