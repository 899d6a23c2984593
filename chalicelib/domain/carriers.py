"""What a carrier says about a parcel, and what that makes of its order.

Words may come late, twice and in any order: each has its time, and an older one changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chalicelib.domain import fulfillment
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.orders import Actor, Change, FulfillmentState, Order, happened

ParcelStatus = Literal["in_transit", "out_for_delivery", "delivered", "delivery_failed", "returned"]
Aware = Annotated[datetime, Meta(tz=True)]
Shipment = dict[str, Any]

_MEANS: Mapping[ParcelStatus, FulfillmentState] = {
    "out_for_delivery": "out_for_delivery",
    "delivery_failed": "delivery_failed",
    "returned": "returned",
}


class TrackingUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a carrier's webhook. Without `occurred_at` it happened when it was sent."""

    tracking_number: Annotated[str, Meta(min_length=1, max_length=80)]
    status: ParcelStatus
    occurred_at: Aware | None = None
    eta: Aware | None = None
    reason: Annotated[str, Meta(max_length=200)] | None = None


def apply(
    order: Order, shipment: Shipment, update: TrackingUpdate, actor: Actor, at: datetime,
    now: datetime,
) -> Change | None:  # fmt: skip
    """The change that an update of `at` makes, None when newer or the same was known."""
    if shipment.get("status_at", "") >= rfc3339(at) or order.is_terminal:
        return None
    parcel = _moved(shipment, update, at)
    change = _arrived(order, actor, now) if update.status == "delivered" else None
    if change is None:
        moved = _fulfilled(order, update)
        facts = (("shipment.updated", parcel),)
        after, events = happened(moved, facts, actor, now)
        change = Change(before=order, order=after, events=events)
    return msgspec.structs.replace(change, documents=(parcel,))


def _moved(shipment: Shipment, update: TrackingUpdate, at: datetime) -> Shipment:
    parcel = {**shipment, "status": update.status, "status_at": rfc3339(at)}
    parcel.pop("reason", None)
    if update.eta:
        parcel["eta"] = rfc3339(update.eta)
    if update.reason:
        parcel["reason"] = update.reason
    return parcel


def _arrived(order: Order, actor: Actor, now: datetime) -> Change | None:
    if not fulfillment.allows(order, "deliver"):
        return None
    return fulfillment.perform(order, "deliver", actor, now)


def _fulfilled(order: Order, update: TrackingUpdate) -> Order:
    """Only what has left the store moves; what was handed over can still come back."""
    means = _MEANS.get(update.status)
    there = order.fulfillment_status == "delivered" and means != "returned"
    if means is None or order.status != "shipped" or there:
        return order
    return msgspec.structs.replace(order, fulfillment_status=means)
