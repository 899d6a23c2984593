"""The pulse of the shop: what orders and payments do, counted as their events pass by.

Counted where every event passes anyway, so that no request waits for it.
"""

from collections.abc import Mapping

import msgspec

from chalicelib.observability import count, count_by

COUNTED: Mapping[str, str] = {
    "order.received": "OrdersReceived",
    "order.placed": "OrdersPlaced",
    "order.confirmed": "OrdersConfirmed",
    "order.accepted": "OrdersAccepted",
    "order.completed": "OrdersCompleted",
    "order.canceled": "OrdersCanceled",
    "order.rejected": "OrdersRejected",
    "payment.captured": "PaymentsCaptured",
    "payment.failed": "PaymentsFailed",
    "payment.mismatched": "PaymentsMismatched",
}


class Fact(msgspec.Struct, frozen=True):
    """What an event's data say, as far as it is counted."""

    provider: str | None = None


def note(event_type: str, fact: Fact) -> None:
    """Count an event that passed; payments once more by their provider."""
    name = COUNTED.get(event_type)
    if name is None:
        return
    count(name)
    if fact.provider is not None:
        count_by(name, provider=fact.provider)


def tick() -> None:
    """Each minute, so that an hour without an order is a number and no silence."""
    count("OrdersPlaced", 0)
