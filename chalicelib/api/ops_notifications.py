"""What was sent to whom, for staff: the list, and sending a message once more."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from chalicelib.api import cursors
from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.domain.messages import Audience, Outcome, SentMessage, Wanted
from chalicelib.services import messages, retelling
from chalicelib.services.messages import Position

routes = ApiBlueprint(__name__)

DAYS_BACK = timedelta(days=7)
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
EventVersion = Annotated[int, msgspec.Meta(ge=1, le=999_999)]


class MessageQuery(msgspec.Struct, kw_only=True):
    """`recipient` is an address, a part of a masked one, or a customer's id; 7 days back without
    `since`. Messages come order by order; `audience=staff` lists calls of staff by time.
    """

    order_id: Text | None = None
    recipient: Text | None = None
    audience: Audience | None = None
    channel: Text | None = None
    outcome: Outcome | None = None
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class MessageView(msgspec.Struct, kw_only=True):
    """`recipient` is a masked address, or whose it is where there is no address."""

    message_id: str
    audience: Audience
    recipient: str
    channel: str
    outcome: Outcome
    at: datetime
    type: str
    order_id: str | None
    store_id: str
    case_id: str | None
    event_version: int | None
    attempts: int
    detail: str
    can_send_again: bool


class MessagePage(msgspec.Struct, kw_only=True):
    items: list[MessageView]
    next_cursor: str | None


class SendAgain(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`webhook` goes to the merchant's endpoint, the others to the customer."""

    event_version: EventVersion
    channel: Literal["email", "sms", "push", "webhook"]


@routes.get(
    "/ops/notifications",
    summary="What was sent to whom, the newest order first",
    roles=("support", "manager"),
    query=MessageQuery,
    returns=MessagePage,
)
def list_sent_messages(request: Request[None]) -> MessagePage:
    query: MessageQuery = request.query
    wanted = msgspec.convert(query, Wanted, from_attributes=True)
    since = query.since or request.now - DAYS_BACK
    scope = f"messages:{request.caller.id}:{msgspec.json.encode(wanted).decode()}:{query.since}"
    start = Position("")
    if query.cursor:
        start = msgspec.convert(cursors.decode(query.cursor, scope), Position)
    page = messages.list_messages(request.caller, wanted, since, request.now, query.limit, start)
    return MessagePage(
        items=[_shown(message) for message in page.messages],
        next_cursor=cursors.encode(page.position, scope) if page.position else None,
    )


@routes.post(
    "/ops/orders/{order_id}/notifications/send-again",
    summary="Send a message of the order once more and tell how it ended",
    roles=("support", "manager"),
    body=SendAgain,
    returns=MessageView,
)
def send_message_again(request: Request[SendAgain], order_id: str) -> MessageView:
    asked = request.body
    return _shown(
        retelling.send_again(
            request.caller, order_id, asked.event_version, asked.channel, request.now
        )
    )


def _shown(message: SentMessage) -> MessageView:
    return msgspec.convert(message, MessageView, from_attributes=True)
