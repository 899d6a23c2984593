"""Stands between the functions and the local AWS, and lets through what the drill wants.

The functions are pointed at it by `AWS_ENDPOINT_URL`; requests go on as they came, their signature
included, unless the weather says otherwise.
"""

import asyncio
import json
import logging
import threading
from collections import Counter
from concurrent.futures import Future
from random import Random as Dice
from typing import NoReturn

import aiohttp
from aiohttp import web

from infra.drills.weather import Weather

_KEPT_OUT = {"connection", "transfer-encoding", "content-length", "content-encoding", "server"}
_THROTTLED = "com.amazonaws.dynamodb.v20120810#ThrottlingException"
_INTAKE = b'-order-intake"'
_CANCELED = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"


class Proxy:
    """One on a free port of the loopback interface, in a thread of its own."""

    def __init__(self, upstream: str) -> None:
        # A function that was killed hangs up in the middle of its call.
        logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
        self.weather = Weather()
        self.injected: Counter[str] = Counter()
        self._upstream = upstream
        self._loop = asyncio.new_event_loop()
        self._ready: Future[int] = Future()
        self._dice = Dice(7)
        threading.Thread(
            target=self._loop.run_until_complete, args=(self._serve(),), daemon=True
        ).start()
        self.url = f"http://127.0.0.1:{self._ready.result(30)}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(
            connector=connector, auto_decompress=False
        ) as self._client:
            application = web.Application(client_max_size=20 * 2**20)
            application.router.add_route("*", "/{path:.*}", self._answer)
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self._ready.set_result(runner.addresses[0][1])
            await self._over.wait()
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        operation = request.headers.get("X-Amz-Target", "")
        is_database = operation.startswith("DynamoDB_")
        if self._is_down(operation, body):
            self.injected["refused"] += 1
            self._hang_up(request)
        if is_database and self._dice.random() < self.weather.throttled:
            self.injected["throttled"] += 1
            return throttled(operation, body)
        answer = await self._pass_on(request, body)
        if is_database and self._dice.random() < self.weather.unheard:
            self.injected["unheard"] += 1
            self._hang_up(request)
        return answer

    def _is_down(self, operation: str, body: bytes) -> bool:
        if operation.startswith("AmazonSQS."):
            return self.weather.intake_down and _INTAKE in body
        return self.weather.database_down and operation.startswith("DynamoDB_")

    def _hang_up(self, request: web.Request) -> NoReturn:
        request.transport.abort()
        raise asyncio.CancelledError

    async def _pass_on(self, request: web.Request, body: bytes) -> web.Response:
        async with self._client.request(
            request.method, self._upstream + request.raw_path, data=body, allow_redirects=False,
            headers={name: value for name, value in request.headers.items()
                     if name.lower() not in {"connection", "content-length"}},
        ) as answer:  # fmt: skip
            headers = {n: v for n, v in answer.headers.items() if n.lower() not in _KEPT_OUT}
            return web.Response(status=answer.status, body=await answer.read(), headers=headers)


def throttled(operation: str, body: bytes) -> web.Response:
    """As DynamoDB words it: a transaction says for each item why it was canceled."""
    said: dict[str, object] = {"__type": _THROTTLED, "message": "Rate exceeded"}
    if operation.endswith("TransactWriteItems"):
        items = json.loads(body)["TransactItems"]
        reasons: list[dict[str, str]] = [{"Code": "None"} for _ in items]
        reasons[0] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing"}
        said = {"__type": _CANCELED, "message": "Canceled", "CancellationReasons": reasons}
    return web.Response(
        status=400, body=json.dumps(said).encode(), content_type="application/x-amz-json-1.0"
    )
