"""What anyone may know about how Docket is doing; answered without any table."""

from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.api import etags
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain.status_board import Announcement, Incident, StatusBoard, Troubled
from chalicelib.domain.text import Text, localized
from chalicelib.services import status_board

routes = ApiBlueprint(__name__)

State = Literal["operational", "buffered", "degraded"]
_WATCHED: tuple[Troubled, ...] = ("payments", "notifications", "merchants")


class Component(msgspec.Struct, kw_only=True):
    """`buffered` means that orders are taken now and placed later.

    `merchants` is the delivery of orders to stores.
    """

    component: Literal["ordering", "database", "payments", "notifications", "merchants"]
    status: State


class StatusIncident(msgspec.Struct, kw_only=True):
    incident_id: str
    cause: str
    expected_recovery_at: datetime | None
    opened_at: datetime
    store_id: str | None
    buffered: bool


class StatusAnnouncement(msgspec.Struct, kw_only=True):
    """`text` is in the reader's language, `texts` in all.

    With an `incident_id` it opened with that incident by itself, and ends with it.
    """

    announcement_id: str
    text: str
    texts: Text
    store_id: str | None
    incident_id: str | None
    created_at: datetime
    ends_at: datetime | None


class StatusView(msgspec.Struct, kw_only=True):
    components: list[Component]
    announcements: list[StatusAnnouncement]
    incidents: list[StatusIncident]


@routes.get(
    "/status",
    summary="How Docket is doing: components, announcements, open incidents",
    access="public",
    returns=StatusView,
)
def read_status(request: Request[None]) -> Reply:
    board = status_board.newest_known()
    view = StatusView(
        components=_components(board),
        announcements=[_told(a, request.language) for a in board.announced_at(request.now)],
        incidents=[_incident(one) for one in board.open_incidents],
    )
    return Reply(view, etag=etags.digest(view))


def _components(board: StatusBoard) -> list[Component]:
    waits = any(one.buffered or one.blind for one in board.open_incidents)
    down = any(one.blind for one in board.open_incidents)
    ordering: State = "buffered" if waits else "operational"
    if (board.open_incidents or "ordering" in board.troubled) and not waits:
        ordering = "degraded"
    return [
        Component(component="ordering", status=ordering),
        Component(component="database", status="degraded" if down else "operational"),
        *(
            Component(
                component=name, status="degraded" if name in board.troubled else "operational"
            )
            for name in _WATCHED
        ),
    ]


def _incident(incident: Incident) -> StatusIncident:
    shown = {name: getattr(incident, name) for name in StatusIncident.__struct_fields__}
    return StatusIncident(**shown)


def _told(announcement: Announcement, language: str) -> StatusAnnouncement:
    return StatusAnnouncement(
        announcement_id=announcement.announcement_id,
        text=localized(announcement.text, language),
        texts=announcement.text,
        store_id=announcement.store_id,
        incident_id=announcement.incident_id,
        created_at=announcement.created_at,
        ends_at=announcement.ends_at,
    )
