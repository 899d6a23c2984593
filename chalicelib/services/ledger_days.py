"""Under which days the ledger finds an order: written with the event that makes the entry.

What moved at a provider is in its day book anyway. An order is named apart from that only where
none of its entries there stands under the day: it was told late, or no provider has it.
"""

from collections.abc import Collection

from chalicelib.domain import ledger
from chalicelib.domain.orders import Change
from chalicelib.domain.statements import Entry
from chalicelib.store import day_book
from chalicelib.store.client import Put
from chalicelib.store.order_files import OrderFile


def booking(file: OrderFile, change: Change, moved: Collection[Entry] = ()) -> tuple[Put, ...]:
    """The writes that belong to a change of the order as `file` has it; `moved` at a provider."""
    days = ledger.days_of((*file.events, *change.events)) - ledger.days_of(file.events)
    days -= {day_book.day_of(entry.occurred_at) for entry in moved}
    order = change.order
    named = [day_book.naming(order.store_id, order.order_id, day) for day in sorted(days)]
    return (*map(day_book.marking, moved), *named)
