"""Where carriers and warehouses post: a signed message in, whether it was news out."""

from typing import Annotated

import msgspec

from chalicelib.api import parsing
from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.domain.carriers import TrackingUpdate
from chalicelib.domain.identity import EVERY_STORE, Caller
from chalicelib.domain.stock import MovementRequest
from chalicelib.services import carriers, inbound, stock_files
from chalicelib.services.stock_files import Imported

routes = ApiBlueprint(__name__)


WAREHOUSE = Caller(kind="machine", id="wms", store_ids=frozenset({EVERY_STORE}))


class StockNews(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /v1/webhooks/wms`: counts and movements, in the order of the facts."""

    movements: Annotated[list[MovementRequest], msgspec.Meta(min_length=1, max_length=50)]


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


@routes.post(
    "/webhooks/wms",
    summary="A warehouse's signed stock counts and movements (Standard Webhooks)",
    access="public",
    body=bytes,
    returns=Imported,
    once=False,
)
def receive_stock_news(request: Request[bytes]) -> Imported:
    inbound.verify("wms", request.headers, request.raw_body, request.now)
    news = parsing.parse(request.raw_body, request.headers.get("content-type"), StockNews)
    return stock_files.import_movements(
        news.movements, WAREHOUSE, request.headers["webhook-id"], request.now, named="movements"
    )
