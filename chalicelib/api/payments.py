"""Paying an order over HTTP."""

from chalicelib.api import order_views
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.order_views import PaymentView
from chalicelib.domain.errors import NotFound
from chalicelib.domain.payment_requests import PaymentRequest
from chalicelib.services import orders, payments

routes = ApiBlueprint(__name__)


@routes.post(
    "/orders/{order_id}/payments",
    summary="Start paying what is due; one open payment an order",
    access="guest",
    body=PaymentRequest,
    returns=PaymentView,
    status=201,
    key_required=True,
)
def start_payment(request: Request[PaymentRequest], order_id: str) -> Reply:
    started = payments.start(
        order_id, request.body, request.caller, request.require_key(), request.now
    )
    headers = {"Location": f"/v1/orders/{order_id}/payments/{started.payment.payment_id}"}
    if started.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Reply(order_views.payment_view(started.payment), headers=headers)


@routes.get(
    "/orders/{order_id}/payments/{payment_id}",
    summary="One payment",
    access="guest",
    returns=PaymentView,
)
def read_payment(request: Request[None], order_id: str, payment_id: str) -> Reply:
    payment = orders.load_for(request.caller, order_id).payment(payment_id)
    if payment is None:
        raise NotFound("There is no such payment.", code="payment_not_found")
    stamp = f"{payment.status}-{int(payment.updated_at.timestamp() * 1000)}"
    return Reply(order_views.payment_view(payment), etag=stamp)
