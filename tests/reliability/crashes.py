"""Stopping a use case before and after every call that it makes to AWS or a provider.

Calls are stopped below botocore's retries (`Endpoint._do_get_response`) and below urllib3's
request method, where a killed function would leave them: before a call nothing reached the other
side, after it everything did and nobody heard the answer.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from random import Random
from threading import Lock, local
from typing import Any

import botocore.endpoint
import urllib3.connectionpool
from botocore.awsrequest import AWSResponse

Point = tuple[int, str]


class Killed(BaseException):
    """The function is gone: passes `except Exception`, as the end of a process does."""


class Calls:
    """Counts calls and kills at the `stop_at`-th, `before` or `after` it took effect."""

    def __init__(self, stop_at: int | None = None, moment: str = "before") -> None:
        self.count = 0
        self.names: list[str] = []
        self._stop_at = stop_at
        self._moment = moment

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        number = self.count
        self.count += 1
        self.names.append(name)
        if number == self._stop_at and self._moment == "before":
            raise Killed(f"before {name}")
        answer = call()
        if number == self._stop_at:
            raise Killed(f"after {name}")
        return answer


@contextmanager
def watched(calls: Calls) -> Iterator[Calls]:
    """Every AWS and HTTP call within goes through `calls`, an AWS call over HTTP as one."""
    aws = botocore.endpoint.Endpoint._do_get_response
    http = urllib3.connectionpool.HTTPConnectionPool.urlopen
    under = local()

    def do_get_response(self: Any, request: Any, operation_model: Any, context: Any) -> Any:
        def call() -> Any:
            under.aws = True
            try:
                return aws(self, request, operation_model, context)
            finally:
                under.aws = False

        return calls.around(operation_model.name, call)

    def urlopen(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        def call() -> Any:
            return http(self, method, url, *args, **kwargs)

        return call() if getattr(under, "aws", False) else calls.around(f"{method} {url}", call)

    botocore.endpoint.Endpoint._do_get_response = do_get_response
    urllib3.connectionpool.HTTPConnectionPool.urlopen = urlopen
    try:
        yield calls
    finally:
        botocore.endpoint.Endpoint._do_get_response = aws
        urllib3.connectionpool.HTTPConnectionPool.urlopen = http


def points(calls: Calls) -> list[Point]:
    return [(number, moment) for number in range(calls.count) for moment in ("before", "after")]


def deaths(single: Sequence[Point]) -> list[tuple[Point, ...]]:
    """Each point by itself, then pairs: the one that takes over dies as well.

    Pairs cost the square of the points, so only `CRASH_PAIRS` of them are drawn; none by default.
    """
    pairs = [(first, second) for first in single for second in single]
    wanted = min(int(os.environ.get("CRASH_PAIRS", "0")), len(pairs))
    return [*((point,) for point in single), *Random(wanted).sample(pairs, wanted)]


def killed_at(point: Point, act: Callable[[], object]) -> None:
    with suppress(Killed), watched(Calls(*point)):
        act()


class Conflicts:
    """Refuses transactions as AWS does when another one is under way on the same items.

    No local engine does so by itself. Only the share `rate` of them, by a seeded die, so that the
    retries of the store come through.
    """

    def __init__(self, rate: float, seed: int) -> None:
        self.injected = 0
        self._rate = rate
        self._random = Random(seed)
        self._lock = Lock()

    @contextmanager
    def injected_within(self) -> Iterator[None]:
        aws = botocore.endpoint.Endpoint._do_get_response
        refuses = self._refuses

        def do_get_response(self: Any, request: Any, operation_model: Any, context: Any) -> Any:
            if operation_model.name == "TransactWriteItems" and refuses():
                return _conflict(json.loads(request.body)), None
            return aws(self, request, operation_model, context)

        botocore.endpoint.Endpoint._do_get_response = do_get_response
        try:
            yield
        finally:
            botocore.endpoint.Endpoint._do_get_response = aws

    def _refuses(self) -> bool:
        with self._lock:
            if self._random.random() >= self._rate:
                return False
            self.injected += 1
            return True


def _conflict(transaction: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The answer to a transaction whose first item is in another's hands."""
    reasons = [{"Code": "None"} for _ in transaction["TransactItems"]]
    reasons[0] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
    error = {
        "Code": "TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
    }
    about = {"HTTPStatusCode": 400, "RequestId": "injected", "HTTPHeaders": {}}
    raw = urllib3.HTTPResponse(BytesIO(), preload_content=False)
    answer = AWSResponse("https://dynamodb.invalid", 400, {}, raw)
    return answer, {"Error": error, "CancellationReasons": reasons, "ResponseMetadata": about}
