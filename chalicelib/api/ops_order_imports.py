"""Orders of kiosks, market places and spreadsheets: many at a time, taken now and placed later."""

from typing import Annotated

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.domain.errors import DocketError
from chalicelib.domain.order_requests import OrderRequest
from chalicelib.services import order_intake

routes = ApiBlueprint(__name__)
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[!-~]+$")]


class ImportedOrder(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`idempotency_key` names the order for whoever sends it, for ever."""

    idempotency_key: Key
    order: OrderRequest


class ImportRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[list[ImportedOrder], msgspec.Meta(min_length=1, max_length=25)]


class ImportOutcome(msgspec.Struct, kw_only=True):
    """`order_id` where it was taken, else the `code` and `detail` of its refusal."""

    idempotency_key: str
    order_id: str | None = None
    status: str | None = None
    code: str | None = None
    detail: str | None = None


class ImportAnswer(msgspec.Struct):
    items: list[ImportOutcome]


@routes.post(
    "/ops/orders/import",
    summary="Take up to 25 orders, to be placed in their turn; each has its own outcome",
    roles=("clerk",),
    body=ImportRequest,
    returns=ImportAnswer,
    status=202,
    once=False,
)
def import_orders(request: Request[ImportRequest]) -> ImportAnswer:
    return ImportAnswer([_outcome(one, request) for one in request.body.items])


def _outcome(one: ImportedOrder, request: Request[ImportRequest]) -> ImportOutcome:
    """Sent again, what was taken stays the same order; `unavailable` wants sending again."""
    outcome = ImportOutcome(idempotency_key=one.idempotency_key)
    try:
        request.caller.require_store(one.order.store_id)
        taken = order_intake.take_for_later(
            one.order, request.caller, one.idempotency_key, request.language, request.now
        )
    except DocketError as refused:
        outcome.code, outcome.detail = refused.code, refused.detail
        return outcome
    order = taken.placed.file.order
    outcome.order_id, outcome.status = order.order_id, order.status
    return outcome
