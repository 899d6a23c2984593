"""The stable address in front of the API: what CloudFront or a custom domain does on AWS.

It takes the stage out of the path, lets a few requests through at a time and makes the others wait,
so that a burst is slow and never an error.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

IN_FLIGHT_MAX = 8
BODY_BYTES_MAX = 10 * 1024 * 1024
UPSTREAM_SECONDS = 35
RETRY_SECONDS = 20
PROBLEM = "application/problem+json"
HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
NOT_SENT = HOP_BY_HOP | {"host", "content-length", "expect", "x-amz-target", "x-amz-date"}
NOT_RETURNED = HOP_BY_HOP | {"content-length", "date", "server", "x-amz-request-id"}


class FrontDoor:
    """Closed until `open_to` names the API that answers; closed again while that one changes."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._upstream = ""
        self._open = asyncio.Event()
        self._slots = asyncio.Semaphore(IN_FLIGHT_MAX)
        self.started = False

    def open_to(self, upstream: str) -> None:
        self._upstream = upstream
        self._open.set()

    def hold(self) -> None:
        """Let requests wait; those in flight go on."""
        self._open.clear()

    def resume(self) -> None:
        self._open.set()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=UPSTREAM_SECONDS)
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout, auto_decompress=False
        ) as self._client:
            yield

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if not self.started:
            return problem(503, "starting", "Starting", "Docket is not ready yet.")
        body = await read_body(request)
        if body is None:
            return problem(413, "body_too_large", "Body too large", "Send at most 256 kB.")
        async with self._slots:
            return await self._forward(request, body)

    async def _forward(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Pass it on, again while the local AWS could not begin with it."""
        deadline = asyncio.get_running_loop().time() + RETRY_SECONDS
        pause = 0.05
        while True:
            await self._open.wait()
            try:
                return await self._pass_on(request, body)
            except (NotBegun, aiohttp.ClientConnectorError):
                if asyncio.get_running_loop().time() > deadline:
                    return problem(503, "unavailable", "Unavailable", "Try again in a few seconds.")
                await asyncio.sleep(pause)
                pause = min(pause * 2, 1.0)
            except (aiohttp.ClientError, TimeoutError):
                return problem(503, "unavailable", "Unavailable", "Try again in a few seconds.")

    async def _pass_on(self, request: web.Request, body: bytes) -> web.StreamResponse:
        headers = CIMultiDict(
            (name, value) for name, value in request.headers.items() if name.lower() not in NOT_SENT
        )
        headers["Host"] = self._host
        headers.add("X-Forwarded-For", request.remote or "127.0.0.1")
        target = URL(self._upstream + request.rel_url.raw_path_qs, encoded=True)
        async with self._client.request(
            request.method, target, headers=headers, data=body or None, allow_redirects=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        ) as answer:  # fmt: skip
            if answer.status == 429 and "x-amzn-ErrorType" in answer.headers:
                raise NotBegun
            if answer.status >= 500 and answer.content_type != PROBLEM:
                return problem(503, "unavailable", "Unavailable", "Try again in a few seconds.")
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                headers=returned_headers(answer.headers),
            )

    async def warm(self, upstream: str, instances: int = IN_FLIGHT_MAX) -> None:
        """Have instances of the API, by default as many as there can be requests at a time."""

        async def once() -> None:
            headers = {"Host": self._host}
            async with self._client.delete(f"{upstream}/v1/health", headers=headers) as answer:
                await answer.read()

        await asyncio.gather(*(once() for _ in range(instances)))


class NotBegun(Exception):
    """The local AWS refused for its own reasons; no function saw the request."""


async def read_body(request: web.Request) -> bytes | None:
    """The whole body, or None when it is larger than API Gateway takes."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)


def returned_headers(headers: CIMultiDict[str]) -> CIMultiDict[str]:
    kept = CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in NOT_RETURNED
    )
    if "X-Request-Id" not in kept:
        kept["X-Request-Id"] = headers.get("x-amzn-requestid", str(uuid.uuid4()))
    return kept


def problem(status: int, code: str, title: str, detail: str) -> web.Response:
    request_id = str(uuid.uuid4())
    body = {
        "type": f"urn:docket:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:docket:request:{request_id}",
        "code": code,
        "request_id": request_id,
    }
    headers = {"X-Request-Id": request_id, "Content-Type": PROBLEM}
    if status == 503:
        headers["Retry-After"] = "1"
    return web.Response(status=status, body=json.dumps(body).encode(), headers=headers)
