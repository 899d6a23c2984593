"""Guests who open an account afterwards: taking their order into it."""

from typing import Annotated

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.order_views import OrderView
from chalicelib.api.orders import shown
from chalicelib.domain.errors import NotAllowed
from chalicelib.services import guests

routes = ApiBlueprint(__name__, tag="orders")


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    guest_token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


@routes.post(
    "/orders/{order_id}/claim",
    summary="Take a guest's order into the caller's account",
    body=Claim,
    returns=OrderView,
)
def claim_order(request: Request[Claim], order_id: str) -> Reply:
    if request.caller.customer_id is None:
        raise NotAllowed("An API key has no account of its own.")
    file = guests.claim(order_id, request.body.guest_token, request.caller, request.now)
    return shown(file, request.language)
