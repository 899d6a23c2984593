"""The ledger over HTTP: as pages of entries, or as one CSV file."""

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.api import accept, cursors
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain.ledger import Entry
from chalicelib.services import ledger
from chalicelib.services.ledger import Period, Place

JSON, CSV = "application/json", "text/csv"
Instant = Annotated[datetime, msgspec.Meta(tz=True)]

routes = ApiBlueprint(__name__)


class LedgerQuery(msgspec.Struct, kw_only=True):
    store_id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    since: Instant = msgspec.field(name="from")
    until: Instant = msgspec.field(name="to")
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100


class LedgerPage(msgspec.Struct, kw_only=True):
    items: list[Entry]
    next_cursor: str | None


@routes.get(
    "/ops/ledger",
    summary="A store's double-entry ledger, day by day; with `Accept: text/csv` as a file",
    roles=("manager",),
    query=LedgerQuery,
    returns=LedgerPage,
)
def list_entries(request: Request[None]) -> Reply:
    query: LedgerQuery = request.query
    period = Period(store_id=query.store_id, since=query.since, until=query.until)
    if accept.choose(request.headers.get("accept"), (JSON, CSV)) == CSV:
        return _file(ledger.export(request.caller, period), period)
    scope = f"ledger:{request.caller.id}:{query.store_id}:{query.since}:{query.until}"
    known = cursors.decode(query.cursor, scope) if query.cursor else None
    after = msgspec.convert(known, Place) if known else None
    page = ledger.list_entries(request.caller, period, query.limit, after)
    following = cursors.encode(page.next_place, scope) if page.next_place else None
    return Reply(LedgerPage(items=page.entries, next_cursor=following), headers={"Vary": "Accept"})


def _file(sheet: str, period: Period) -> Reply:
    name = f"ledger-{period.store_id}-{period.since:%Y%m%d}-{period.until:%Y%m%d}.csv"
    headers = {
        "Content-Type": f"{CSV}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Vary": "Accept",
    }
    return Reply(sheet, headers=headers)
