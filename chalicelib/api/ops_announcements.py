"""Announcements to everyone, as staff make and end them."""

from datetime import datetime

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.exchange import replay_mark
from chalicelib.domain.status_board import Announcement
from chalicelib.domain.text import Text
from chalicelib.services import incidents
from chalicelib.services.incidents import NewAnnouncement

routes = ApiBlueprint(__name__)


class AnnouncementDefinition(msgspec.Struct, kw_only=True):
    """An announcement with its words in each language."""

    announcement_id: str
    text: Text
    store_id: str | None
    incident_id: str | None
    created_at: datetime
    created_by: str
    ends_at: datetime | None


class AnnouncementList(msgspec.Struct):
    items: list[AnnouncementDefinition]
    next_cursor: str | None = None


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


@routes.get(
    "/ops/announcements",
    summary="Announcements, ended ones included, newest first",
    access="staff",
    returns=AnnouncementList,
)
def list_announcements(request: Request[None]) -> AnnouncementList:
    found = incidents.list_announcements(request.caller)
    return AnnouncementList([_definition(one) for one in found])


@routes.post(
    "/ops/announcements",
    summary="Tell everyone something, in the shop and on the status page",
    roles=("manager",),
    body=NewAnnouncement,
    returns=AnnouncementDefinition,
    status=201,
    once=False,
)
def announce(request: Request[NewAnnouncement]) -> Reply:
    made, replayed = incidents.announce(
        request.body, request.caller, request.idempotency_key, request.now
    )
    return Reply(_definition(made), headers=replay_mark(replayed))


@routes.post(
    "/ops/announcements/{announcement_id}/end",
    summary="Stop telling it",
    roles=("manager",),
    body=Nothing,
    returns=AnnouncementDefinition,
    once=False,
)
def end_announcement(request: Request[Nothing], announcement_id: str) -> AnnouncementDefinition:
    return _definition(incidents.end_announcement(announcement_id, request.caller, request.now))


def _definition(announcement: Announcement) -> AnnouncementDefinition:
    shown = {name: getattr(announcement, name) for name in AnnouncementDefinition.__struct_fields__}
    return AnnouncementDefinition(**shown)
