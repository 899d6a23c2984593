"""The customer's inbox over HTTP."""

import re
from typing import Annotated

import msgspec

from chalicelib.api import cursors
from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.domain.errors import NotAllowed, NotFound
from chalicelib.domain.identity import Caller
from chalicelib.domain.notifications import Notification
from chalicelib.services import inbox

routes = ApiBlueprint(__name__)

_NOTIFICATION_ID = re.compile(r"ntf_[0-9a-z]{1,100}")


class ListQuery(msgspec.Struct, kw_only=True):
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class NotificationPage(msgspec.Struct, kw_only=True):
    items: list[Notification]
    next_cursor: str | None


@routes.get(
    "/me/notifications",
    summary="Your notifications, newest first",
    query=ListQuery,
    returns=NotificationPage,
)
def list_notifications(request: Request[None]) -> NotificationPage:
    query: ListQuery = request.query
    customer_id = _customer(request.caller)
    scope = f"notifications:{customer_id}"
    before = cursors.decode(query.cursor, scope) if query.cursor else None
    found = inbox.list_inbox(customer_id, query.limit + 1, before)
    items = found[: query.limit]
    more = len(found) > query.limit
    last = items[-1].notification_id if more else None
    return NotificationPage(items=items, next_cursor=cursors.encode(last, scope) if last else None)


@routes.post(
    "/me/notifications/{notification_id}/read",
    summary="Mark a notification as read",
    returns=Notification,
)
def read_notification(request: Request[None], notification_id: str) -> Notification:
    customer_id = _customer(request.caller)
    if not _NOTIFICATION_ID.fullmatch(notification_id):
        raise NotFound("There is no such notification.", code="notification_not_found")
    return inbox.mark_read(customer_id, notification_id, request.now)


def _customer(caller: Caller) -> str:
    if caller.customer_id is None:
        raise NotAllowed("Machines have no inbox.")
    return caller.customer_id
