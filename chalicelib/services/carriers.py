"""What carriers tell us about parcels, folded into their orders."""

from datetime import datetime

from chalicelib.domain import carriers as domain
from chalicelib.domain.carriers import TrackingUpdate
from chalicelib.domain.errors import NotFound, Stale, Unavailable
from chalicelib.domain.orders import Actor
from chalicelib.services import orders
from chalicelib.store import orders as table
from chalicelib.store import parcels

_TRIES_MAX = 4


def receive(carrier: str, update: TrackingUpdate, sent_at: datetime, now: datetime) -> bool:
    """Whether the update was news.

    Raises `NotFound` for a number that nobody entered yet: the carrier's own retries come back
    after staff did.
    """
    parcel = parcels.find_parcel(carrier, update.tracking_number)
    if parcel is None:
        raise NotFound("No order has this parcel.", code="parcel_not_found")
    actor = Actor("carrier", f"carrier:{carrier}")
    for _ in range(_TRIES_MAX):
        file = table.load_file(parcel.order_id)
        shipment = next(one for one in file.shipments if one["shipment_id"] == parcel.shipment_id)
        at = update.occurred_at or sent_at
        change = domain.apply(file.order, shipment, update, actor, at, now)
        if change is None:
            return False
        try:
            orders.save(change, now)
        except Stale:
            continue
        return True
    raise Unavailable("The order is busy; try again.")
