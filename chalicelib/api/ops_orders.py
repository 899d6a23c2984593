"""The merchant's side of orders over HTTP: the board and every step of staff."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from chalicelib.api import cursors, order_views
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.order_views import OrderPage, OrderView, RefundView
from chalicelib.api.orders import CancelRequest, shown
from chalicelib.domain.orders import Order, Status
from chalicelib.services import cancellations, fulfillment, order_lists, orders, refunds
from chalicelib.services.refunds import RefundRequest

routes = ApiBlueprint(__name__)
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


def _as_it_is(request: Request[Any], order_id: str) -> Reply:
    return shown(orders.load_for_staff(request.caller, order_id), request.language)


class BoardQuery(msgspec.Struct, kw_only=True):
    """`open` is every status that an order can still leave."""

    store_id: str | None = None
    status: Status | Literal["open"] | None = None
    q: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] | None = None
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class ShipRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    carrier: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] | None = None
    tracking_number: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] | None = None
    eta: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class ShipmentRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    carrier: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    tracking_number: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    eta: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class PromiseRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    promised_at: Annotated[datetime, msgspec.Meta(tz=True)]


class NoteRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    text: Text


@routes.get(
    "/ops/orders",
    summary="The stores' orders, oldest first",
    access="staff",
    query=BoardQuery,
    returns=OrderPage,
)
def list_board(request: Request[None]) -> Reply:
    query: BoardQuery = request.query
    caller = request.caller
    if query.store_id is not None:
        caller.require_store(query.store_id)
    scope = f"board:{caller.id}:{query.store_id}:{query.status}:{query.q}:{query.since}"
    page = order_lists.of_stores(
        [query.store_id] if query.store_id else orders.stores_of(caller),
        status=query.status,
        text=query.q,
        since=query.since,
        limit=query.limit,
        after=cursors.decode(query.cursor, scope) if query.cursor else {},
    )
    body = OrderPage(
        items=[order_views.summary(order, request.language) for order in page.orders],
        next_cursor=cursors.encode(page.next_key, scope) if page.next_key else None,
    )
    return Reply(body, etag=order_lists.mark(page), headers={"Poll-After": "5"})


def _acts(name: str, roles: tuple[str, ...]) -> None:
    """Declare the route of one plain step."""

    @routes.post(
        f"/ops/orders/{{order_id}}/{name}",
        summary=f"Staff: {name} the order",
        roles=roles,
        body=Nothing,
        returns=OrderView,
        again=_as_it_is,
    )
    def act(request: Request[Nothing], order_id: str) -> Reply:
        return _done(
            request,
            fulfillment.perform(order_id, name, request.caller, request.now, _check(request)),
        )


for _name in ("accept", "deliver", "complete"):
    _acts(_name, ("clerk",))
for _name in ("prepare", "ready"):
    _acts(_name, ("clerk", "kitchen"))


@routes.post(
    "/ops/orders/{order_id}/ship",
    summary="Staff: hand the order to the carrier",
    roles=("clerk",),
    body=ShipRequest,
    returns=OrderView,
    again=_as_it_is,
)
def ship_order(request: Request[ShipRequest], order_id: str) -> Reply:
    parcel = msgspec.to_builtins(request.body)
    return _done(
        request,
        fulfillment.ship(order_id, parcel, request.caller, request.now, _check(request)),
    )


@routes.post(
    "/ops/orders/{order_id}/reject",
    summary="Staff: refuse the order and give the money back",
    roles=("clerk",),
    body=CancelRequest,
    returns=OrderView,
    again=_as_it_is,
)
def reject_order(request: Request[CancelRequest], order_id: str) -> Reply:
    reason = request.body.reason or "rejected_by_merchant"
    return _done(
        request,
        cancellations.reject(order_id, reason, request.caller, request.now, _check(request)),
    )


@routes.post(
    "/ops/orders/{order_id}/cancel",
    summary="Staff: cancel until it is handed over",
    roles=("clerk",),
    body=CancelRequest,
    returns=OrderView,
    again=_as_it_is,
)
def cancel_order_by_staff(request: Request[CancelRequest], order_id: str) -> Reply:
    orders.load_for_staff(request.caller, order_id)
    reason = request.body.reason or "canceled_by_merchant"
    return _done(
        request,
        cancellations.cancel(order_id, reason, request.caller, request.now, _check(request)),
    )


@routes.post(
    "/ops/orders/{order_id}/collect",
    summary="Staff: the rest was paid on site",
    roles=("clerk",),
    body=Nothing,
    returns=OrderView,
    again=_as_it_is,
)
def collect_payment(request: Request[Nothing], order_id: str) -> Reply:
    return _done(
        request, fulfillment.collect(order_id, request.caller, request.now, _check(request))
    )


@routes.post(
    "/ops/orders/{order_id}/notes",
    summary="Staff: a note on the timeline",
    roles=("clerk", "kitchen", "support"),
    body=NoteRequest,
    returns=OrderView,
    status=201,
    again=_as_it_is,
)
def add_note(request: Request[NoteRequest], order_id: str) -> Reply:
    return _done(
        request, fulfillment.note(order_id, request.body.text, request.caller, request.now)
    )


@routes.post(
    "/ops/orders/{order_id}/shipments",
    summary="Staff: a parcel and its tracking number",
    roles=("clerk",),
    body=ShipmentRequest,
    returns=OrderView,
    status=201,
    again=_as_it_is,
)
def add_shipment(request: Request[ShipmentRequest], order_id: str) -> Reply:
    parcel = msgspec.to_builtins(request.body)
    return _done(request, fulfillment.add_shipment(order_id, parcel, request.caller, request.now))


@routes.patch(
    "/ops/orders/{order_id}/promise",
    summary="Staff: move the promised time",
    roles=("clerk",),
    body=PromiseRequest,
    returns=OrderView,
)
def move_promise(request: Request[PromiseRequest], order_id: str) -> Reply:
    def check(order: Order) -> None:
        _note(request, order)
        request.check_match(order.version, since=order.seen_from, required=True)

    promised_at = request.body.promised_at
    return _done(
        request,
        fulfillment.move_promise(order_id, promised_at, request.caller, request.now, check),
    )


@routes.post(
    "/ops/orders/{order_id}/refunds",
    summary="Staff: give money back",
    roles=("support", "manager"),
    body=RefundRequest,
    returns=RefundView,
    status=201,
    key_required=True,
)
def refund_order(request: Request[RefundRequest], order_id: str) -> Reply:
    granted = refunds.request(
        order_id, request.body, request.caller, request.require_key(), request.now
    )
    headers = {"Idempotent-Replayed": "true"} if granted.replayed else {}
    return Reply(order_views.refund_view(granted.refund), headers=headers)


def _check(request: Request[Any]) -> Any:
    """Status changes of staff say which state they saw (428 without, 412 when it is gone)."""

    def check(order: Order) -> None:
        _note(request, order)
        request.check_match(order.version, since=order.seen_from, required=True)

    return check


def _note(request: Request[Any], order: Order) -> None:
    """What the audit trail keeps of the order as it was."""
    request.trail.before = {
        "status": order.status,
        "payment_status": order.payment_status,
        "fulfillment_status": order.fulfillment_status,
        "promised_at": order.promised_at,
        "version": order.version,
    }


def _done(request: Request[Any], file: Any) -> Reply:
    return shown(file, request.language)
