"""Reading the audit trail."""

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.api import cursors
from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.domain.audit import AuditEntry
from chalicelib.services import audit
from chalicelib.services.audit import Search

routes = ApiBlueprint(__name__)

Aware = Annotated[datetime, msgspec.Meta(tz=True)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`actor` and `subject` are ids; the last 7 days without `since`."""

    since: Aware | None = None
    actor: Id | None = None
    subject: Id | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class AuditTrail(msgspec.Struct, frozen=True):
    items: tuple[AuditEntry, ...]
    next_cursor: str | None


@routes.get(
    "/ops/audit",
    summary="Who did what, newest first; below manager one's own acts",
    access="staff",
    query=AuditQuery,
    returns=AuditTrail,
)
def list_audit(request: Request[None]) -> AuditTrail:
    asked: AuditQuery = request.query
    scope = f"audit#{request.caller.id}#{asked.actor}#{asked.subject}#{asked.since}"
    position = cursors.decode(asked.cursor, scope) if asked.cursor else None
    wanted = Search(since=asked.since, actor=asked.actor, subject=asked.subject, limit=asked.limit)
    page = audit.search(wanted, request.caller, request.now, position)
    following = cursors.encode(page.position, scope) if page.position else None
    return AuditTrail(page.entries, following)
