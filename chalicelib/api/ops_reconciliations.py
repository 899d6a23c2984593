"""Providers' books against ours, over HTTP: reports, a match now, statements imported."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from chalicelib.api import cursors, parsing
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain.errors import Malformed
from chalicelib.domain.reconciliations import Reconciliation
from chalicelib.services import reconciliation, statement_files
from chalicelib.services.reconciliation import Covered
from chalicelib.services.statement_files import JsonStatement
from chalicelib.store import reconciliations as table

routes = ApiBlueprint(__name__)
CSV = "text/csv"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class ReportsQuery(msgspec.Struct, kw_only=True):
    provider: Name | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 30


class StatementQuery(msgspec.Struct, kw_only=True):
    provider: Name
    day: date


class ReportSummary(msgspec.Struct, kw_only=True):
    """One provider's day; its differences stand in the report itself."""

    reconciliation_id: str
    provider: str
    day: date
    since: datetime
    until: datetime
    source: str
    requested_by: str
    created_at: datetime
    lines: int
    entries: int
    matched: int
    difference_count: int
    fees_booked: int
    fees_waiting: int


class ReportPage(msgspec.Struct, kw_only=True):
    """`providers` tells of each one how it is reconciled."""

    items: list[ReportSummary]
    providers: list[Covered]
    next_cursor: str | None


class MatchRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    provider: Name
    day: date


@routes.get(
    "/ops/reconciliations",
    summary="Reports of providers' books against ours, the newest day first",
    access="staff",
    query=ReportsQuery,
    returns=ReportPage,
)
def list_reconciliations(request: Request[None]) -> ReportPage:
    query: ReportsQuery = request.query
    scope = f"reconciliations:{query.provider}"
    position = cursors.decode(query.cursor, scope) if query.cursor else ""
    found: list[Reconciliation] = []
    following = None
    for report in table.newest(position):
        if query.provider not in {None, report.provider}:
            continue
        if len(found) == query.limit:
            following = table.position_of(found[-1])
            break
        found.append(report)
    return ReportPage(
        items=[_summary(report) for report in found],
        providers=reconciliation.covered(),
        next_cursor=cursors.encode(following, scope) if following else None,
    )


@routes.get(
    "/ops/reconciliations/{reconciliation_id}",
    summary="One report with its differences",
    access="staff",
    returns=Reconciliation,
)
def read_reconciliation(_: Request[None], reconciliation_id: str) -> Reconciliation:
    return table.load(reconciliation_id)


@routes.post(
    "/ops/reconciliations",
    summary="Ask a provider for its books of a day and match them now",
    roles=("manager",),
    body=MatchRequest,
    returns=Reconciliation,
    status=201,
)
def match_books(request: Request[MatchRequest]) -> Reply:
    wish = request.body
    return _made(reconciliation.match_day(wish.provider, wish.day, request.caller.id, request.now))


@routes.post(
    "/ops/statements",
    once=False,
    summary="Import a provider's statement of a day (its CSV file, or JSON) and match it",
    roles=("manager",),
    query=StatementQuery,
    body=bytes,
    returns=Reconciliation,
    status=201,
)
def import_statement(request: Request[bytes]) -> Reply:
    query: StatementQuery = request.query
    if len(request.raw_body) > parsing.BODY_BYTES_MAX:
        raise Malformed("At most 256 kB are read.", code="body_too_large")
    media_type = request.headers.get("content-type", "").lower()
    by = request.caller.id
    if media_type.startswith(CSV):
        report = statement_files.import_csv(
            query.provider, query.day, request.raw_body, by, request.now
        )
    else:
        statement = parsing.parse(request.raw_body, media_type, JsonStatement)
        report = statement_files.import_json(query.provider, query.day, statement, by, request.now)
    return _made(report)


def _made(report: Reconciliation) -> Reply:
    location = f"/v1/ops/reconciliations/{report.reconciliation_id}"
    return Reply(report, headers={"Location": location})


def _summary(report: Reconciliation) -> ReportSummary:
    names = ReportSummary.__struct_fields__
    return ReportSummary(**{name: getattr(report, name) for name in names})
