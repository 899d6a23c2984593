"""Digital e-invoices as staff see to them: requested again once their fault is mended."""

from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.order_views import OrderView
from chalicelib.api.orders import shown
from chalicelib.services import einvoices

routes = ApiBlueprint(__name__)


@routes.post(
    "/ops/orders/{order_id}/invoices/{invoice_id}/e-invoice",
    summary="Request a rejected e-invoice again, once its reason is mended",
    roles=("clerk",),
    returns=OrderView,
    status=202,
)
def request_again(request: Request[None], order_id: str, invoice_id: str) -> Reply:
    file = einvoices.request_again(request.caller, order_id, invoice_id, request.now)
    return shown(file, request.language)
