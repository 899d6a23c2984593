"""A store's own endpoint for order events: set it, rotate its secret, test it, read its log."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.api import cursors
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain.errors import NotFound
from chalicelib.domain.identity import Caller
from chalicelib.domain.merchant_deliveries import EVERY_EVENT, Delivery
from chalicelib.services import catalogue, merchant_endpoints
from chalicelib.services.merchant_endpoints import Registered

routes = ApiBlueprint(__name__)

_DELIVERY_ID = re.compile(r"dlv_[0-9a-f]{22}")


class EndpointRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`events` are the types wanted; `order.*` stands for all of them."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    events: Annotated[list[str], msgspec.Meta(min_length=1, max_length=30)] = msgspec.field(
        default_factory=lambda: [EVERY_EVENT]
    )
    enabled: bool = True


class EndpointView(msgspec.Struct, kw_only=True):
    """`secret` is there in the one answer that made it."""

    store_id: str
    url: str
    events: Sequence[str]
    enabled: bool
    disabled_reason: str | None
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    secret: str | msgspec.UnsetType = msgspec.UNSET


class ListQuery(msgspec.Struct, kw_only=True):
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class DeliveryPage(msgspec.Struct, kw_only=True):
    items: list[Delivery]
    next_cursor: str | None


@routes.get(
    "/ops/stores/{store_id}/webhooks",
    summary="The store's endpoint, without its secret",
    access="staff",
    returns=EndpointView,
)
def read_endpoint(request: Request[None], store_id: str) -> Reply:
    _require(request.caller, store_id)
    return _shown(Registered(merchant_endpoints.load_endpoint(store_id), None))


@routes.put(
    "/ops/stores/{store_id}/webhooks",
    summary="Set the store's endpoint; a new one's secret is shown this once",
    roles=("manager",),
    body=EndpointRequest,
    returns=EndpointView,
)
def put_endpoint(request: Request[EndpointRequest], store_id: str) -> Reply:
    _require(request.caller, store_id)
    wanted = request.body
    known = merchant_endpoints.find_endpoint(store_id)
    if known is not None:
        request.trail.before = {"url": known.url, "enabled": known.enabled}
    request.check_match(known.version if known else 0)
    registered = merchant_endpoints.register(
        known, store_id, wanted.url, wanted.events, enabled=wanted.enabled, now=request.now
    )
    return _shown(registered)


@routes.post(
    "/ops/stores/{store_id}/webhooks/rotate",
    once=False,
    summary="A new secret, shown this once; the old one signs beside it for 24 hours",
    roles=("manager",),
    returns=EndpointView,
)
def rotate_secret(request: Request[None], store_id: str) -> Reply:
    _require(request.caller, store_id)
    return _shown(merchant_endpoints.rotate(store_id, request.now))


@routes.post(
    "/ops/stores/{store_id}/webhooks/test",
    summary="Send a test message now and tell how it ended",
    roles=("manager",),
    returns=Delivery,
)
def test_endpoint(request: Request[None], store_id: str) -> Delivery:
    _require(request.caller, store_id)
    return merchant_endpoints.send_test(store_id, request.now)


@routes.get(
    "/ops/stores/{store_id}/webhooks/deliveries",
    summary="Tries at the store's endpoint in the last 30 days, newest first",
    access="staff",
    query=ListQuery,
    returns=DeliveryPage,
)
def list_deliveries(request: Request[None], store_id: str) -> DeliveryPage:
    _require(request.caller, store_id)
    query: ListQuery = request.query
    scope = f"deliveries:{store_id}"
    before = cursors.decode(query.cursor, scope) if query.cursor else None
    found = merchant_endpoints.list_deliveries(store_id, query.limit + 1, before)
    items = found[: query.limit]
    last = items[-1].delivery_id if len(found) > query.limit else None
    return DeliveryPage(items=items, next_cursor=cursors.encode(last, scope) if last else None)


@routes.post(
    "/ops/stores/{store_id}/webhooks/deliveries/{delivery_id}/send-again",
    summary="Send the same event again now and tell how it ended",
    roles=("manager",),
    returns=Delivery,
)
def send_again(request: Request[None], store_id: str, delivery_id: str) -> Delivery:
    _require(request.caller, store_id)
    if not _DELIVERY_ID.fullmatch(delivery_id):
        raise NotFound("There is no such delivery.", code="delivery_not_found")
    return merchant_endpoints.send_again(store_id, delivery_id, request.now)


def _require(caller: Caller, store_id: str) -> None:
    """Another store's endpoint does not exist for this caller, nor does that of no store."""
    caller.require_store(store_id)
    catalogue.store_in(catalogue.current_snapshot(), store_id)


def _shown(registered: Registered) -> Reply:
    endpoint = registered.endpoint
    view = EndpointView(
        store_id=endpoint.store_id,
        url=endpoint.url,
        events=endpoint.events,
        enabled=endpoint.enabled,
        disabled_reason=endpoint.disabled_reason,
        previous_secret_until=endpoint.previous_until,
        created_at=endpoint.created_at,
        updated_at=endpoint.updated_at,
        version=endpoint.version,
        secret=registered.secret or msgspec.UNSET,
    )
    return Reply(view, etag=str(endpoint.version))
