"""Stopping a use case before and after every call that it makes to AWS or a provider.

Calls are stopped below botocore's retries (`Endpoint._do_get_response`) and below urllib3's
request method, where a killed function would leave them: before a call nothing reached the other
side, after it everything did and nobody heard the answer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from typing import Any

import botocore.endpoint
import urllib3.connectionpool


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


def points(calls: Calls) -> list[tuple[int, str]]:
    return [(number, moment) for number in range(calls.count) for moment in ("before", "after")]
