"""A store's invoices and credit notes, newest first, by year and month; or by number or order."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

import msgspec

from chalicelib.domain.identity import Caller
from chalicelib.domain.invoices import Invoice
from chalicelib.services import invoice_names, order_lists
from chalicelib.services.invoice_names import Name
from chalicelib.store import invoices as table
from chalicelib.store import orders as order_table

_NUMBER = re.compile(r"(?:[A-Z0-9_-]+-(?P<year>\d{4})-)?(?P<sequence>\d{1,9})", re.IGNORECASE)
_ORDERS_MAX = 10


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is an invoice's number, whole or its last digits, or an order's number or id."""

    store_id: str
    year: int
    month: int | None = None
    text: str | None = None


class Page(msgspec.Struct, frozen=True):
    """`next_place` is where the list goes on."""

    documents: list[Invoice]
    next_place: str | None


def list_documents(caller: Caller, wanted: Wanted, limit: int, after: str | None) -> Page:
    caller.require_store(wanted.store_id)
    if wanted.text:
        return Page(_searched(wanted, wanted.text.strip())[:limit], None)
    names = invoice_names.in_year(wanted.store_id, wanted.year, wanted.month, after)
    documents: list[Invoice] = []
    while chunk := list(islice(names, limit - len(documents))):
        documents += _documents(chunk)
        after = chunk[-1].place
    return Page(documents, after if next(names, None) else None)


def _searched(wanted: Wanted, text: str) -> list[Invoice]:
    if match := _NUMBER.fullmatch(text):
        year = int(match["year"] or wanted.year)
        return _documents(invoice_names.numbered(wanted.store_id, year, int(match["sequence"])))
    return sorted(_of_orders(wanted, text), key=lambda one: (one.year, -one.sequence))


def _of_orders(wanted: Wanted, text: str) -> Iterator[Invoice]:
    """Those of the orders of that year that the text names."""
    begins = datetime(wanted.year, 1, 1, tzinfo=UTC)
    found = order_lists.of_store(
        wanted.store_id, status=None, text=text, since=begins, limit=_ORDERS_MAX, after=None
    )
    for order in found.orders:
        yield from order_table.load_file(order.order_id).invoices


def _documents(names: Iterable[Name]) -> list[Invoice]:
    """The documents that there are, in the order of their names."""
    meant = [(name.order_id, name.invoice_id, name.sequence) for name in names]
    places = {(order_id, invoice_id) for order_id, invoice_id, _ in meant}
    found = {
        (one.order_id, one.invoice_id, one.sequence): one for one in table.find_invoices(places)
    }
    return [found[name] for name in meant if name in found]
