"""The daily digest of open cases: each store's hour and readers."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.domain.quiet_hours import ClockTime
from chalicelib.domain.thresholds import AlertChannel
from chalicelib.services import digest_plans
from chalicelib.services.digest_plans import Planned

routes = ApiBlueprint(__name__)


class ReaderView(msgspec.Struct, kw_only=True):
    staff_id: str
    channels: tuple[AlertChannel, ...]


class DigestView(msgspec.Struct, kw_only=True):
    """`hour` is by the store's clock, null for never; `next_at` is null without readers, too.

    `store_id` is `stage` for what is no store's. `channels` are the stage's lists and rooms;
    `mine` are those by which the caller reads it.
    """

    store_id: str
    hour: str | None
    time_zone: str
    channels: tuple[AlertChannel, ...]
    mine: tuple[AlertChannel, ...]
    readers: list[ReaderView]
    next_at: datetime | None
    last_at: datetime | None


class DigestList(msgspec.Struct):
    items: list[DigestView]
    next_cursor: str | None = None


class DigestEdit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    hour: ClockTime | None
    channels: Annotated[tuple[AlertChannel, ...], msgspec.Meta(max_length=7)] = ()


class Subscription(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """By one's own addresses; an empty list ends it."""

    channels: Annotated[tuple[Literal["email", "sms"], ...], msgspec.Meta(max_length=2)]


@routes.get(
    "/ops/digests",
    summary="When each store's daily digest goes out, and to whom",
    access="staff",
    returns=DigestList,
)
def list_digests(request: Request[None]) -> DigestList:
    found = digest_plans.list_plans(request.caller)
    return DigestList([_view(one, request.caller.id) for one in found])


@routes.put(
    "/ops/digests/{store_id}",
    summary="Set the hour of a store's daily digest and the channels that get it",
    roles=("manager",),
    body=DigestEdit,
    returns=DigestView,
)
def change_digest(request: Request[DigestEdit], store_id: str) -> DigestView:
    asked = request.body
    changed = digest_plans.change(store_id, asked.hour, asked.channels, request.caller, request.now)
    return _view(changed, request.caller.id)


@routes.put(
    "/ops/digests/{store_id}/subscription",
    summary="Get a store's daily digest by one's own mail or phone, or no more",
    access="staff",
    body=Subscription,
    returns=DigestView,
)
def subscribe(request: Request[Subscription], store_id: str) -> DigestView:
    channels = request.body.channels
    changed = digest_plans.subscribe(store_id, channels, request.caller, request.now)
    return _view(changed, request.caller.id)


@routes.delete(
    "/ops/digests/{store_id}/readers/{staff_id}",
    summary="Send somebody a store's daily digest no more",
    roles=("manager",),
    returns=DigestView,
)
def remove_reader(request: Request[None], store_id: str, staff_id: str) -> DigestView:
    changed = digest_plans.remove_reader(store_id, staff_id, request.caller, request.now)
    return _view(changed, request.caller.id)


def _view(planned: Planned, me: str) -> DigestView:
    plan = planned.plan
    return DigestView(
        store_id=plan.store_id,
        hour=plan.hour,
        time_zone=planned.place.time_zone,
        channels=plan.channels,
        mine=plan.staff.get(me, ()),
        readers=[ReaderView(staff_id=who, channels=by) for who, by in plan.staff.items()],
        next_at=planned.next_at.astimezone(UTC) if planned.next_at else None,
        last_at=plan.last_at,
    )
