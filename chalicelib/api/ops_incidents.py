"""Incidents as staff open and close them, and what became of the orders taken meanwhile."""

from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.exchange import replay_mark
from chalicelib.domain.status_board import Incident
from chalicelib.services import incident_reports, incidents
from chalicelib.services.incident_reports import Verdict
from chalicelib.services.incidents import NewIncident

routes = ApiBlueprint(__name__)


class IncidentView(msgspec.Struct, kw_only=True):
    """`drained_at` is when every order taken meanwhile was seen to be decided."""

    incident_id: str
    status: Literal["open", "closed"]
    store_id: str | None
    cause: str
    buffered: bool
    expected_recovery_at: datetime | None
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None
    drained_at: datetime | None


class IncidentList(msgspec.Struct):
    items: list[IncidentView]
    next_cursor: str | None = None


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class ReportItem(msgspec.Struct, kw_only=True):
    order_id: str
    verdict: Verdict
    detail: str
    number: str | None


class ReportView(msgspec.Struct, kw_only=True):
    """Every order of one's stores taken under the incident; `counts` has each verdict."""

    incident_id: str
    items: list[ReportItem]
    counts: dict[Verdict, int]
    next_cursor: str | None = None


@routes.get(
    "/ops/incidents",
    summary="Incidents of all stores and of one's own, newest first",
    access="staff",
    returns=IncidentList,
)
def list_incidents(request: Request[None]) -> IncidentList:
    return IncidentList([_view(i) for i in incidents.list_incidents(request.caller)])


@routes.post(
    "/ops/incidents",
    summary="Open an incident; while a buffered one is open, orders wait",
    roles=("manager",),
    body=NewIncident,
    returns=IncidentView,
    status=201,
    once=False,
)
def open_incident(request: Request[NewIncident]) -> Reply:
    opened, replayed = incidents.open_incident(
        request.body, request.caller, request.idempotency_key, request.now
    )
    return Reply(_view(opened), headers=replay_mark(replayed))


@routes.post(
    "/ops/incidents/{incident_id}/close",
    summary="Close an incident; the orders that wait are placed from now on",
    roles=("manager",),
    body=Nothing,
    returns=IncidentView,
    once=False,
)
def close_incident(request: Request[Nothing], incident_id: str) -> IncidentView:
    return _view(incidents.close_incident(incident_id, request.caller, request.now))


@routes.get(
    "/ops/incidents/{incident_id}/report",
    summary="Every order taken under the incident, and what became of it",
    access="staff",
    returns=ReportView,
)
def read_report(request: Request[None], incident_id: str) -> ReportView:
    incidents.load_incident(incident_id, request.caller)
    lines = incident_reports.report(incident_id, request.caller.works_at)
    return ReportView(
        incident_id=incident_id,
        items=[
            ReportItem(
                order_id=line.order_id, verdict=line.verdict, detail=line.detail, number=line.number
            )
            for line in lines
        ],
        counts=incident_reports.counts(lines),
    )


def _view(incident: Incident) -> IncidentView:
    shown = {name: getattr(incident, name) for name in IncidentView.__struct_fields__}
    return IncidentView(**shown)
