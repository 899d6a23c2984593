"""The HTTP edge that all resources share: parse, authorize, call the view, answer.

A view takes a `Request` and returns a `Reply` (or just its body). The routes that were declared
are kept in `ENDPOINTS`, from which the OpenAPI document is made.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial, wraps
from typing import Any, Literal, TypeVar

import msgspec
from chalice import Blueprint, Response

from chalicelib.api import parsing
from chalicelib.api.audit_trail import Trail
from chalicelib.api.exchange import Reply, Request, problem, real_path, response_of
from chalicelib.domain.clock import truncated
from chalicelib.domain.errors import (
    DocketError,
    Malformed,
    Unauthenticated,
)
from chalicelib.domain.identity import STAFF_ROLES, Caller
from chalicelib.domain.ids import fresh
from chalicelib.domain.text import negotiate
from chalicelib.observability import logger
from chalicelib.services import identity, replays

JSON = "application/json; charset=utf-8"
QUERY_PARAMETERS_MAX = 100
Access = Literal["public", "guest", "customer", "staff"]
B = TypeVar("B")
_VISIBLE_ASCII = re.compile(r"[!-~]{1,255}")


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a route promises, for the router and for the OpenAPI document alike."""

    method: str
    path: str
    view: str
    summary: str
    access: Access
    roles: tuple[str, ...]
    body: Any
    query: Any
    returns: Any
    status: int
    key_required: bool
    once: bool
    again: Callable[..., Any] | None
    tags: tuple[str, ...]


ENDPOINTS: list[Endpoint] = []
__all__ = ["ENDPOINTS", "ApiBlueprint", "Endpoint", "Reply", "Request"]


class ApiBlueprint(Blueprint):
    """A blueprint whose routes are declared with what they take, give and permit."""

    def __init__(self, import_name: str, *, tag: str = "", prefix: str = "/v1") -> None:
        super().__init__(import_name)
        self._tag = tag or import_name.rpartition(".")[2]
        self._prefix = prefix

    def endpoint(
        self,
        method: str,
        path: str,
        *,
        summary: str,
        access: Access = "customer",
        roles: tuple[str, ...] = (),
        body: Any = None,
        query: Any = None,
        returns: Any = None,
        status: int = 200,
        key_required: bool = False,
        once: bool = True,
        again: Callable[..., Any] | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """`once` is for a POST whose use case does not itself know its Idempotency-Key: a repeat
        is answered with what is kept, or by `again`, the view of the resource as it is now.
        """

        def declare(view: Callable[..., Any]) -> Callable[..., Any]:
            declared = Endpoint(
                method=method, path=self._prefix + path, view=view.__name__, summary=summary,
                access="staff" if roles else access, roles=roles, body=body, query=query,
                returns=returns, status=status, key_required=key_required,
                once=once and method == "POST" and not key_required, again=again, tags=(self._tag,),
            )  # fmt: skip
            ENDPOINTS.append(declared)

            @wraps(view)
            def answer(**path_params: str) -> Response:
                return _answered(declared, view, self.current_request, path_params)

            # An empty list of content types leaves the check to our own parser.
            self.route(path, methods=[method], content_types=[])(answer)
            return view

        return declare

    def get(self, path: str, **promise: Any) -> Callable[..., Any]:
        return self.endpoint("GET", path, **promise)

    def post(self, path: str, **promise: Any) -> Callable[..., Any]:
        return self.endpoint("POST", path, **promise)

    def put(self, path: str, **promise: Any) -> Callable[..., Any]:
        return self.endpoint("PUT", path, **promise)

    def patch(self, path: str, **promise: Any) -> Callable[..., Any]:
        return self.endpoint("PATCH", path, **promise)

    def delete(self, path: str, **promise: Any) -> Callable[..., Any]:
        return self.endpoint("DELETE", path, **promise)


def _answered(
    endpoint: Endpoint, view: Callable[..., Any], raw: Any, path_params: Mapping[str, str]
) -> Response:
    request_id = raw.context.get("requestId") or fresh("req")
    language = negotiate(raw.headers.get("accept-language"))
    path = real_path(raw)
    trail = Trail(
        method=endpoint.method, path=endpoint.path, path_params=path_params,
        staff_route=endpoint.access == "staff", now=truncated(datetime.now(UTC)),
        request_id=request_id,
    )  # fmt: skip
    try:
        request = _request_of(endpoint, raw, language, trail)
        done = partial(_done, endpoint, view, request, path_params, trail)
        again = endpoint.again and partial(endpoint.again, request, **path_params)
        response = _once(request, done, again) if _is_kept(endpoint, request) else done()
    except DocketError as error:
        trail.failed(error)
        response = problem(error, language, path, request_id)
    except Exception as error:
        logger.exception("unexpected", extra={"path": endpoint.path, "request_id": request_id})
        trail.failed(error)
        failure = DocketError(code="internal_error")
        response = problem(failure, language, path, request_id)
    response.headers["X-Request-Id"] = request_id
    logger.info(
        "answered",
        extra={
            "method": endpoint.method,
            "route": endpoint.path,
            "status": response.status_code,
            "request_id": request_id,
        },
    )
    return response


def _done(
    endpoint: Endpoint,
    view: Callable[..., Any],
    request: Request[Any],
    path_params: Mapping[str, str],
    trail: Trail,
) -> Response:
    result = view(request, **path_params)
    trail.done(result.body if isinstance(result, Reply) else result)
    return response_of(result, request, endpoint.status)


def _is_kept(endpoint: Endpoint, request: Request[Any]) -> bool:
    return (
        endpoint.once and request.idempotency_key is not None and request.caller.kind != "anonymous"
    )


def _once(
    request: Request[Any], done: Callable[[], Response], again: Callable[[], Any] | None
) -> Response:
    """Do it, or answer that it was done: with the resource as it is now, else as it was told."""
    asked = f"{request.method} {request.path}\0".encode() + request.raw_body
    ticket = replays.admit(request.caller, request.require_key(), asked, request.now)
    if ticket.kept is None:
        try:
            response = done()
        except DocketError:
            replays.release(ticket)
            raise
        replays.keep(ticket, response.status_code, response.body)
        return response
    kept = Reply(ticket.kept.body, status=ticket.kept.status or 200)
    response = response_of(again() if again else kept, request, kept.status)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _request_of(endpoint: Endpoint, raw: Any, language: str, trail: Trail) -> Request[Any]:
    headers = {name.lower(): value for name, value in raw.headers.items()}
    source_ip = raw.context.get("identity", {}).get("sourceIp", "")
    caller = identity.authenticate(headers.get("authorization"), source_ip, trail.now)
    trail.caller = caller
    authorize(endpoint, caller)
    key = _idempotency_key(headers.get("idempotency-key"))
    if endpoint.key_required and key is None:
        raise Malformed("Send an Idempotency-Key.", code="idempotency_key_required")
    body = raw.raw_body if endpoint.body is bytes else None
    if endpoint.body not in {None, bytes}:
        body = trail.body = _parsed(endpoint, raw.raw_body, headers)
    query = dict(raw.query_params or {})
    if len(query) > QUERY_PARAMETERS_MAX:
        raise Malformed("Too many query parameters.")
    return Request(
        method=endpoint.method, path=real_path(raw), caller=caller, body=body,
        query=parsing.convert_query(query, endpoint.query) if endpoint.query else query,
        headers=headers, raw_body=raw.raw_body, language=language, now=trail.now,
        request_id=trail.request_id, trail=trail, idempotency_key=key,
    )  # fmt: skip


def _parsed(endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> Any:
    """A body whose fields are all optional may be left out altogether."""
    if not raw and not any(field.required for field in msgspec.structs.fields(endpoint.body)):
        return endpoint.body()
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Malformed("Send the body as it is, not packed.", code="unsupported_media_type")
    return parsing.parse(raw, headers.get("content-type"), endpoint.body)


def authorize(endpoint: Endpoint, caller: Caller) -> None:
    """Who may call this route at all; whose objects they may see is the service's question."""
    if endpoint.roles:
        caller.require_role(*endpoint.roles)
    elif endpoint.access == "staff":
        caller.require_role(*STAFF_ROLES)
    elif endpoint.access == "customer":
        caller.require_login()
    elif endpoint.access == "guest" and caller.kind == "anonymous":
        raise Unauthenticated("Sign in, or send the order's guest token.")


def _idempotency_key(key: str | None) -> str | None:
    if key is not None and not _VISIBLE_ASCII.fullmatch(key):
        raise Malformed("1 to 255 visible ASCII characters.", code="idempotency_key_invalid")
    return key
