"""Customers' orders over HTTP: quote, place, read, list, cancel."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec

from chalicelib.api import cursors, order_views
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.order_views import OrderPage, OrderView, QuoteView
from chalicelib.domain.errors import Conflict, Malformed
from chalicelib.domain.order_requests import EditRequest, OrderRequest
from chalicelib.domain.orders import Order, Status
from chalicelib.domain.payments import PAYABLE, Payment
from chalicelib.services import (
    allowances,
    cancellations,
    edits,
    guests,
    order_intake,
    order_lists,
    orders,
    quotes,
    storefront,
)
from chalicelib.services.blind_orders import Taken
from chalicelib.services.quotes import PriceChanged, Quote
from chalicelib.store.order_files import OrderFile

routes = ApiBlueprint(__name__)


class ListQuery(msgspec.Struct, kw_only=True):
    status: Status | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class CancelRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    reason: Annotated[str, msgspec.Meta(max_length=300)] = ""


@routes.post(
    "/quotes",
    summary="What an order would cost now, and what stands in its way",
    access="public",
    body=OrderRequest,
    returns=QuoteView,
)
def quote(request: Request[OrderRequest]) -> QuoteView:
    return _quote_view(storefront.quote(request.body, request.now), request)


@contextmanager
def _telling_the_price(request: Request[Any]) -> Iterator[None]:
    """Whoever was shown another price is told the new quote, as the price check words it."""
    try:
        yield
    except PriceChanged as changed:
        view = msgspec.to_builtins(_quote_view(changed.quoted, request))
        raise Conflict(changed.detail, code=changed.code, quote=view) from changed


def _quote_view(quoted: Quote, request: Request[Any]) -> QuoteView:
    priced = quoted.priced
    return order_views.quote_view(
        quoted.store, priced.line_items, priced.totals,
        (*quoted.problems, *quotes.opening_problems(quoted, request.now)), request.language,
        stock_checked=quoted.stock_known,
    )  # fmt: skip


@routes.post(
    "/orders",
    summary="Place an order; the same key gives the same order",
    access="public",
    body=OrderRequest,
    returns=OrderView,
    status=201,
    key_required=True,
)
def place_order(request: Request[OrderRequest]) -> Reply:
    with _telling_the_price(request):
        taken = order_intake.take(
            request.body, request.caller, request.require_key(), request.language, request.now
        )
    return _taken_reply(taken, request)


def _taken_reply(taken: Taken, request: Request[OrderRequest]) -> Reply:
    """202 while the order is received and not yet placed."""
    placed = taken.placed
    order = placed.file.order
    is_guests = order.customer_id is None or request.caller.kind == "anonymous"
    token = guests.guest_token(order.order_id) if is_guests else None
    headers = {"Location": f"/v1/orders/{order.order_id}"}
    if placed.replayed:
        headers["Idempotent-Replayed"] = "true"
    elif order.customer_id is not None:
        headers |= allowances.headers_after(placed.usage, request.now)
    return Reply(
        order_views.order_view(
            placed.file, request.language, guest_token=token, receipt=taken.receipt
        ),
        status=202 if order.status == "received" else 201,
        etag=str(order.version),
        headers=headers,
    )


@routes.get("/orders", summary="Your orders, newest first", query=ListQuery, returns=OrderPage)
def list_orders(request: Request[None]) -> OrderPage:
    query: ListQuery = request.query
    scope = f"orders:{request.caller.id}:{query.status}"
    page = order_lists.of_customer(
        request.caller.customer_id or "",
        status=query.status,
        limit=query.limit,
        after=cursors.decode(query.cursor, scope) if query.cursor else None,
    )
    return OrderPage(
        items=[order_views.summary(order, request.language) for order in page.orders],
        next_cursor=cursors.encode(page.next_key, scope) if page.next_key else None,
    )


@routes.get(
    "/orders/by-key",
    summary="Did my order arrive? The key travels in the Idempotency-Key header",
    access="public",
    returns=OrderView,
)
def read_order_by_header(request: Request[None]) -> Reply:
    return _found(request, request.require_key())


@routes.get(
    "/orders/by-key/{idempotency_key}",
    summary="Did my order arrive?",
    access="public",
    returns=OrderView,
)
def read_order_by_key(request: Request[None], idempotency_key: str) -> Reply:
    return _found(request, idempotency_key)


def _found(request: Request[None], key: str) -> Reply:
    if len(key) > 255:
        raise Malformed("1 to 255 visible ASCII characters.", code="idempotency_key_invalid")
    return shown(orders.find_by_key(request.caller, key), request.language)


@routes.get("/orders/{order_id}", summary="One order, whole", access="guest", returns=OrderView)
def read_order(request: Request[None], order_id: str) -> Reply:
    return shown(orders.load_for(request.caller, order_id), request.language)


@routes.patch(
    "/orders/{order_id}",
    summary="Change lines, place, contact or note until preparation starts",
    access="guest",
    body=EditRequest,
    returns=OrderView,
)
def edit_order(request: Request[EditRequest], order_id: str) -> Reply:
    def check(order: Order) -> None:
        request.check_match(order.version, since=order.seen_from, required=True)

    with _telling_the_price(request):
        file = edits.edit(order_id, request.body, request.caller, request.now, check)
    return shown(file, request.language)


@routes.post(
    "/orders/{order_id}/cancel",
    summary="Cancel: frees the stock, voids or refunds",
    access="guest",
    body=CancelRequest,
    returns=OrderView,
    again=read_order,
)
def cancel_order(request: Request[CancelRequest], order_id: str) -> Reply:
    def check(order: Order) -> None:
        request.check_match(order.version, since=order.seen_from)

    file = cancellations.cancel(
        order_id, request.body.reason or "customer_request", request.caller, request.now, check
    )
    reply = shown(file, request.language)
    asked = file.order.status not in {"canceled", "rejected"}
    return msgspec.structs.replace(reply, status=202) if asked else reply


def shown(file: OrderFile, language: str) -> Reply:
    """How to pay is written beside the order, whose version does not tell of it."""
    return Reply(
        order_views.order_view(file, language),
        etag=str(file.order.version),
        is_settled=not any(map(_is_offered, file.payments)),
    )


def _is_offered(payment: Payment) -> bool:
    return payment.status in PAYABLE and payment.next_action.type != "none"
