"""Whether an order can be taken."""

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.services import breaker

routes = ApiBlueprint(__name__)


class Health(msgspec.Struct):
    status: str


@routes.get("/health", summary="200 once an order can be taken", access="public", returns=Health)
def read_health(request: Request[None]) -> Health:
    breaker.require_tables(request.now)
    return Health("ok")
