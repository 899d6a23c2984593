"""What wraps every HTTP answer: Chalice's own errors become problem documents too."""

from collections.abc import Callable
from typing import Any

from chalice import Response

from chalicelib.api.exchange import problem, real_path
from chalicelib.domain.errors import DocketError
from chalicelib.domain.text import negotiate
from chalicelib.observability import flush_metrics

_CODES = {405: "method_not_allowed", 415: "unsupported_media_type", 404: "not_found"}


def answer_in_problems(event: Any, get_response: Callable[[Any], Response]) -> Response:
    response = get_response(event)
    flush_metrics()
    body = response.body
    if response.status_code < 400 or not isinstance(body, dict) or "Code" not in body:
        return response
    default = "internal_error" if response.status_code >= 500 else "malformed_request"
    error = DocketError(code=_CODES.get(response.status_code, default))
    request_id = event.context.get("requestId", "")
    translated = problem(
        error, negotiate(event.headers.get("accept-language")), real_path(event), request_id
    )
    translated.headers.update({"X-Request-Id": request_id})
    if "Allow" in response.headers:
        translated.headers["Allow"] = response.headers["Allow"]
    return translated
