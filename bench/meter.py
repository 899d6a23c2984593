"""Counts the calls to AWS that some work makes, and what its writes to DynamoDB would cost."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import botocore.endpoint
import msgspec

from bench.write_units import Ledger


class Usage(msgspec.Struct):
    """`calls` by operation of DynamoDB, `units` by table, `others` by service and operation."""

    calls: dict[str, int] = msgspec.field(default_factory=dict)
    units: dict[str, int] = msgspec.field(default_factory=dict)
    others: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def call_count(self) -> int:
        return sum(self.calls.values())

    def units_in(self, *tables: str) -> int:
        """Units in the tables whose names end so; in all without any."""
        return sum(n for name, n in self.units.items() if name.endswith(tables or ("",)))

    def add(self, other: "Usage") -> None:
        for mine, theirs in (
            (self.calls, other.calls), (self.units, other.units), (self.others, other.others),
        ):  # fmt: skip
            for name, number in theirs.items():
                mine[name] = mine.get(name, 0) + number


class Meter:
    """Sees every request below botocore's retries, of all threads, while it runs."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._usage = Usage()

    @contextmanager
    def running(self) -> Iterator[None]:
        """From here on every request is seen; items written earlier are not known."""
        original = botocore.endpoint.Endpoint._do_get_response
        see = self._see

        def do_get_response(self: Any, request: Any, operation: Any, context: Any) -> Any:
            answer = original(self, request, operation, context)
            see(request, operation, answer[0])
            return answer

        botocore.endpoint.Endpoint._do_get_response = do_get_response
        try:
            yield
        finally:
            botocore.endpoint.Endpoint._do_get_response = original

    @contextmanager
    def measured(self) -> Iterator[Usage]:
        """What happens within, apart; given at once and complete at the end."""
        part = Usage()
        outer, self._usage = self._usage, part
        try:
            yield part
        finally:
            self._usage = outer
            outer.add(part)

    def _see(self, request: Any, operation: Any, answer: Any) -> None:
        service = operation.service_model.service_name
        with self._lock:
            if service != "dynamodb":
                self._usage.add(Usage(others={f"{service}:{operation.name}": 1}))
                return
            self._usage.add(Usage(calls={operation.name: 1}))
            if answer is not None and answer[0].status_code < 300:
                units = self._ledger.charge(operation.name, json.loads(request.body))
                self._usage.add(Usage(units=units))
