"""Where carriers post: a signed message in, whether it was news out."""

import msgspec

from chalicelib.api import parsing
from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.domain.carriers import TrackingUpdate
from chalicelib.services import carriers, inbound

routes = ApiBlueprint(__name__)


class Received(msgspec.Struct, frozen=True):
    """`outcome` is `applied`, or `nothing_new` for what is known or out of date."""

    outcome: str


@routes.post(
    "/webhooks/carriers/{carrier}",
    summary="A carrier's signed tracking update (Standard Webhooks)",
    access="public",
    body=bytes,
    returns=Received,
    once=False,
)
def receive_tracking_update(request: Request[bytes], carrier: str) -> Received:
    sent_at = inbound.verify(carrier, request.headers, request.raw_body, request.now)
    content_type = request.headers.get("content-type")
    update = parsing.parse(request.raw_body, content_type, TrackingUpdate)
    news = carriers.receive(carrier, update, sent_at, request.now)
    return Received("applied" if news else "nothing_new")
