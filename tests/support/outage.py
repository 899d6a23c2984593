"""The tables, the bucket or a queue that do not answer: every call of that service fails, below
botocore's retries, as if nothing listened there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.endpoint
from botocore.exceptions import EndpointConnectionError


@contextmanager
def outage(*services: str, region: str | None = None, table: str = "") -> Iterator[list[str]]:
    """Within, calls of these services (`dynamodb`, `s3`, `sqs`, …) fail; gives those that came.

    With a `table` only those that name it fail.
    """
    real = botocore.endpoint.Endpoint._do_get_response
    called: list[str] = []

    def refuse(self: Any, request: Any, operation_model: Any, context: Any) -> Any:
        service = operation_model.service_model.endpoint_prefix
        meant = region is None or f".{region}." in request.url
        if service in services and meant and (not table or table.encode() in request.body):
            called.append(operation_model.name)
            return None, EndpointConnectionError(endpoint_url=request.url)
        return real(self, request, operation_model, context)

    botocore.endpoint.Endpoint._do_get_response = refuse
    try:
        yield called
    finally:
        botocore.endpoint.Endpoint._do_get_response = real
