"""What providers keep of payments, booked from their statements: once for each movement of money.

The fact goes into the order's log and a mark into the day book, in one transaction; so a match that
was cut short, or is taken again, goes on where it was.
"""

from datetime import datetime

import msgspec

from chalicelib.domain import orders
from chalicelib.domain.ledger import FEE_CHARGED, FEE_RETURNED
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor, Change
from chalicelib.domain.statements import Entry
from chalicelib.services import ledger_days
from chalicelib.services import orders as order_service
from chalicelib.services.races import looking_again
from chalicelib.store import orders as table
from chalicelib.store.order_files import OrderFile


@looking_again
def record(entry: Entry, fee: Money, now: datetime) -> bool:
    """Book what the provider kept of a payment, or gave back with a refund; False if it is booked.

    Raises `NotFound` when there is no such order.
    """
    file = table.load_file(entry.order_id)
    kind, data = _fact(entry, fee)
    if _is_booked(file, kind, data):
        return False
    actor = Actor("provider", entry.provider)
    after, events = orders.happened(file.order, ((kind, data),), actor, now)
    change = Change(before=file.order, order=after, events=events)
    marked = msgspec.structs.replace(entry, fee=fee)
    order_service.save(change, now, also=ledger_days.booking(file, change, (marked,)))
    return True


def _fact(entry: Entry, fee: Money) -> tuple[str, dict[str, object]]:
    data: dict[str, object] = {
        "payment_id": entry.payment_id,
        "provider": entry.provider,
        "fee": msgspec.to_builtins(fee),
    }
    if entry.kind == "payment":
        return FEE_CHARGED, data
    return FEE_RETURNED, data | {"refund_id": entry.refund_id}


def _is_booked(file: OrderFile, kind: str, data: dict[str, object]) -> bool:
    about = ("payment_id", "refund_id")
    return any(
        event.type == kind and all(event.data.get(name) == data.get(name) for name in about)
        for event in file.events
    )
