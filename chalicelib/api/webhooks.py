"""Where payment providers post: raw bytes in, the provider's own reply out."""

from chalice import Response

from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.providers.base import RawWebhook
from chalicelib.services import webhooks

routes = ApiBlueprint(__name__)


@routes.post(
    "/webhooks/payments/{provider}",
    summary="A payment provider's signed event",
    access="public",
    body=bytes,
)
def receive_payment_webhook(request: Request[bytes], provider: str) -> Response:
    reply = webhooks.receive(
        provider, RawWebhook(body=request.raw_body, headers=request.headers), request.now
    )
    return Response(
        body=reply.body, headers={"Content-Type": reply.content_type}, status_code=reply.status
    )
