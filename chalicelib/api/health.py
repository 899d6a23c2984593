"""Whether an order can be taken."""

from chalice import Blueprint, Response

routes = Blueprint(__name__)


@routes.route("/health", methods=["GET"])
def read_health() -> Response:
    return Response(body={"status": "ok"}, headers={"Content-Type": "application/json; charset=utf-8"})
