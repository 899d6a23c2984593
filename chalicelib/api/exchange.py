"""Requests as views get them and replies as Chalice sends them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from chalice.app import Response

from chalicelib.api import etags, problems
from chalicelib.api.audit_trail import Trail
from chalicelib.domain.errors import DocketError, Malformed, Stale, Unconditional
from chalicelib.domain.identity import Caller

JSON = "application/json; charset=utf-8"
B = TypeVar("B")


class Request(msgspec.Struct, Generic[B], frozen=True, kw_only=True):
    """One request, parsed and authenticated. `raw_body` is what arrived, to the byte."""

    method: str
    path: str
    caller: Caller
    body: B
    query: Any
    headers: Mapping[str, str]
    raw_body: bytes
    language: str
    now: datetime
    request_id: str
    trail: Trail
    idempotency_key: str | None = None

    @property
    def source_ip(self) -> str:
        return self.caller.source

    @property
    def if_match(self) -> str | None:
        return self.headers.get("if-match")

    def require_key(self) -> str:
        """The Idempotency-Key where the contract wants one."""
        if self.idempotency_key is None:
            raise Malformed("Send an Idempotency-Key.", code="idempotency_key_required")
        return self.idempotency_key

    def check_match(
        self, version: int, *, since: int | None = None, required: bool = False
    ) -> None:
        """RFC 9110, 13.1.1: raises `Stale` when If-Match names a version before `since`.

        Without `since`, only the present version fits.
        """
        if self.if_match is None:
            if required:
                raise Unconditional("Send If-Match with the ETag that you saw, or *.")
            return
        tags = etags.named(self.if_match)
        fitting = {str(v) for v in range(version if since is None else since, version + 1)}
        if "*" not in tags and not tags & fitting:
            raise Stale("It has changed since you looked.", version=version)


class Reply(msgspec.Struct, frozen=True):
    """`is_settled` is false of a body that may change while its `etag` stays: it is always sent."""

    body: Any = None
    status: int = 0
    etag: str | None = None
    headers: Mapping[str, str] = {}
    is_settled: bool = True


def replay_mark(replayed: bool) -> dict[str, str]:
    return {"Idempotent-Replayed": "true"} if replayed else {}


def real_path(raw: Any) -> str:
    """Chalice's `path` is the route's pattern; this is what was asked for."""
    found: str = raw.path.format(**(raw.uri_params or {}))
    return found


def response_of(result: Any, request: Request[Any], default_status: int) -> Response:
    """What a view gave, as Chalice sends it; a reader who has this version already gets 304."""
    if isinstance(result, Response):
        return result
    reply = result if isinstance(result, Reply) else Reply(result)
    headers: dict[str, Any] = {
        "Content-Type": JSON,
        "Cache-Control": "no-store",
        **reply.headers,
        "Content-Language": request.language,
    }
    if reply.etag is not None:
        headers["ETag"] = f'"{reply.etag}"'
        headers["Cache-Control"] = "no-cache"
        may_know = request.method == "GET" and reply.is_settled
        if may_know and etags.seen(request.headers, reply.etag):
            return Response(body="", headers=headers, status_code=304)
    body = reply.body if isinstance(reply.body, str) else msgspec.json.encode(reply.body).decode()
    status = reply.status or default_status
    return Response(body="" if status == 204 else body, headers=headers, status_code=status)


def problem(error: DocketError, language: str, path: str, request_id: str) -> Response:
    status, body, headers = problems.document(
        error, language=language, instance=path, request_id=request_id
    )
    return Response(body=msgspec.json.encode(body).decode(), headers=headers, status_code=status)
