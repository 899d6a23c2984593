"""Faults at every call that a function makes: refused before it, unheard after it, or killed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from random import Random
from typing import Any

import botocore.endpoint
import urllib3.connectionpool
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from urllib3.exceptions import ConnectTimeoutError as NoConnection
from urllib3.exceptions import ReadTimeoutError as NoAnswer

from tests.reliability.crashes import Killed, _conflict

Answered = Callable[[Any, Any], dict[str, Any] | None]
Written = Callable[[str, dict[str, Any]], None]
_CALLS_OFTEN = 14


class Weather:
    """How often things go wrong; `calm` for nothing at all."""

    def __init__(self, kills: float, errors: float) -> None:
        self.kills = kills
        self.errors = errors


CALM = Weather(0.0, 0.0)


class Faults:
    """Stands below botocore's and above urllib3's connections.

    `answered` may answer an AWS call itself; `written` hears of each write that took effect.
    Faults happen only within an `invocation`.
    """

    def __init__(self, seed: int, answered: Answered, written: Written) -> None:
        self.weather = CALM
        self.kills = 0
        self.errors = 0
        self.names: list[str] = []
        self._random = Random(f"faults {seed}")
        self._answered = answered
        self._written = written
        self._dies_at: tuple[int, str] | None = None
        self._calls = 0
        self._inside = False
        self._at_aws = False
        self._tokens: set[str] = set()

    @contextmanager
    def invocation(self) -> Iterator[None]:
        """One run of a function: perhaps its last call is chosen already."""
        self._calls, self._inside, self._dies_at = 0, True, None
        if self._random.random() < self.weather.kills:
            moment = self._random.choice(("before", "after"))
            self._dies_at = self._random.randrange(_CALLS_OFTEN), moment
        try:
            yield
        finally:
            self._inside = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        aws = botocore.endpoint.Endpoint._do_get_response
        http = urllib3.connectionpool.HTTPConnectionPool.urlopen
        faults = self

        def do_get_response(self: Any, request: Any, operation_model: Any, context: Any) -> Any:
            def call() -> Any:
                return faults._carried_out(aws, self, request, operation_model, context)

            return faults._around_aws(operation_model.name, request, call)

        def urlopen(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            return faults._around_http(
                self, f"{method} {url}", lambda: http(self, method, url, *args, **kwargs)
            )

        botocore.endpoint.Endpoint._do_get_response = do_get_response
        urllib3.connectionpool.HTTPConnectionPool.urlopen = urlopen
        try:
            yield
        finally:
            botocore.endpoint.Endpoint._do_get_response = aws
            urllib3.connectionpool.HTTPConnectionPool.urlopen = http

    def _carried_out(self, aws: Any, endpoint: Any, request: Any, model: Any, context: Any) -> Any:
        """The call itself, as AWS does it: a transaction's token makes it happen once."""
        own = self._answered(model, request)
        if own is not None:
            return _answer(own)
        self._at_aws = True
        try:
            return self._asked_of_aws(aws, endpoint, request, model, context)
        finally:
            self._at_aws = False

    def _asked_of_aws(self, aws: Any, endpoint: Any, request: Any, model: Any, context: Any) -> Any:
        if model.name != "TransactWriteItems":
            return aws(endpoint, request, model, context)
        body = json.loads(request.body)
        token = body["ClientRequestToken"]
        if token in self._tokens:
            return _answer({})
        answer = aws(endpoint, request, model, context)
        if answer[0] is not None and answer[0][0].status_code == 200:
            self._tokens.add(token)
            self._written(model.name, body)
        return answer

    def _around_aws(self, name: str, request: Any, call: Callable[[], Any]) -> Any:
        fate = self._fate(name)
        if fate == "refused":
            if name == "TransactWriteItems":
                return _conflict(json.loads(request.body)), None
            return None, ConnectTimeoutError(endpoint_url=request.url)
        answer = self._unless_killed(fate, name, call)
        if fate == "unheard":
            return None, ReadTimeoutError(endpoint_url=request.url)
        return answer

    def _around_http(self, pool: Any, name: str, call: Callable[[], Any]) -> Any:
        if self._at_aws:
            return call()
        fate = self._fate(name)
        if fate == "refused":
            raise NoConnection(pool, "injected")
        answer = self._unless_killed(fate, name, call)
        if fate == "unheard":
            raise NoAnswer(pool, name, "injected")
        return answer

    def _fate(self, name: str) -> str:
        if not self._inside:
            return ""
        number = self._calls
        self._calls += 1
        self.names.append(name)
        if self._dies_at and self._dies_at[0] == number:
            self.kills += 1
            return f"killed {self._dies_at[1]}"
        if self._random.random() >= self.weather.errors:
            return ""
        self.errors += 1
        return self._random.choice(("refused", "unheard"))

    def _unless_killed(self, fate: str, name: str, call: Callable[[], Any]) -> Any:
        if fate == "killed before":
            raise Killed(f"before {name}")
        answer = call()
        if fate == "killed after":
            raise Killed(f"after {name}")
        return answer


def _answer(parsed: dict[str, Any]) -> tuple[tuple[AWSResponse, dict[str, Any]], None]:
    about = {"HTTPStatusCode": 200, "RequestId": "simulated", "HTTPHeaders": {}}
    raw = urllib3.HTTPResponse(BytesIO(), preload_content=False)
    return (
        AWSResponse("https://aws.invalid", 200, {}, raw),
        parsed | {"ResponseMetadata": about},
    ), None
