"""Reading all books at once, by scans: for nightly checks and tests, never for a request."""

from collections.abc import Iterator
from itertools import groupby

import msgspec

from chalicelib.domain.books import OrderBook
from chalicelib.domain.receipts import Receipt
from chalicelib.domain.stock import StockLevel
from chalicelib.store import client
from chalicelib.store.order_files import file_of
from chalicelib.store.receipts import PREFIX
from chalicelib.store.stock_levels import level_in, level_key
from chalicelib.store.tables import OrderItem, StockItem


def order_books() -> Iterator[OrderBook]:
    """Every order with all its facts. A scan brings the items of one order one after another."""
    with client.translating():
        for _, group in groupby(OrderItem.scan(consistent_read=True), lambda item: item.PK):
            items = list(group)
            receipts = [item for item in items if item.SK.startswith(PREFIX)]
            file = file_of([item for item in items if not item.SK.startswith("~")])
            if file is None:
                continue
            yield OrderBook(
                order=file.order,
                events=sorted(file.events, key=lambda event: event.version),
                payments=file.payments,
                refunds=file.refunds,
                invoices=file.invoices,
                einvoices=file.einvoices,
                disputes=file.disputes,
                receipts=[msgspec.json.decode(item.data, type=Receipt) for item in receipts],
            )


def stock_levels() -> Iterator[StockLevel]:
    with client.translating():
        for item in StockItem.scan(StockItem.SK.startswith(level_key("")), consistent_read=True):
            yield level_in(item)
