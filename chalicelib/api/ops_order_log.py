"""The operation log of an order over HTTP."""

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.api import cursors
from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.domain.order_log import Kind, Line
from chalicelib.domain.orders import Actor
from chalicelib.domain.text import localized
from chalicelib.services import order_log

routes = ApiBlueprint(__name__)


class LogQuery(msgspec.Struct, kw_only=True):
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100


class LogLine(msgspec.Struct, kw_only=True):
    """`what` is an event's type, a request's or case's act, a repair, or where a message went."""

    at: datetime
    kind: Kind
    what: str
    actor: Actor
    outcome: str
    detail: str
    origin: str


class OrderLog(msgspec.Struct, kw_only=True):
    items: list[LogLine]
    next_cursor: str | None


@routes.get(
    "/ops/orders/{order_id}/log",
    summary="Who did what about an order when: events, requests, repairs, alerts, messages",
    access="staff",
    query=LogQuery,
    returns=OrderLog,
)
def read_order_log(request: Request[None], order_id: str) -> OrderLog:
    query: LogQuery = request.query
    scope = f"order-log:{request.caller.id}:{order_id}"
    start = cursors.decode(query.cursor, scope) if query.cursor else 0
    lines = order_log.lines_of(order_id, request.caller, request.now)
    end = start + query.limit
    return OrderLog(
        items=[_shown(one, request.language) for one in lines[start:end]],
        next_cursor=cursors.encode(end, scope) if end < len(lines) else None,
    )


def _shown(line: Line, language: str) -> LogLine:
    told = msgspec.structs.replace(line, detail=localized(line.detail, language))
    return msgspec.convert(told, LogLine, from_attributes=True)
