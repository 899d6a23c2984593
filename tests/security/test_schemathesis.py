"""Requests made from the OpenAPI document, good and bad: answered as it says, never by a fault."""

from contextlib import suppress

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.transport import Response

import app
from chalicelib.api.openapi import document
from tests import tokens
from tests.factories import MARKET, NOODLES

load_all_checks()
HELD = CHECKS.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance",
     "response_schema_conformance"]
)  # fmt: skip
# The user pool and the functions that these ask are not here.
assert app.RESOURCES  # what the document is about
_NEEDS_THEM = "^/v1/auth/|/me$|/ops/staff$|/sweeps$"
schema = schemathesis.openapi.from_dict(document()).exclude(path_regex=_NEEDS_THEM)
OPERATIONS = [found.ok() for found in schema.get_all_operations()]


def answered(client, case):
    """The case over Chalice's test client, as a response that its checks understand."""
    wanted = requests.Request(**case.as_transport_kwargs(base_url="http://docket.invalid"))
    scope = (f"store:{MARKET}", f"store:{NOODLES}")
    wanted.headers["Authorization"] = tokens.bearer("staff-root", "admin", "customer", *scope)
    request = wanted.prepare()
    raw = request.body.encode() if isinstance(request.body, str) else request.body or b""
    answer = client.send(request.method, request.path_url, raw=raw, headers=dict(request.headers))
    headers = {name: [value] for name, value in answer.headers.items()}
    return Response(
        answer.status, headers, answer.text.encode(), request, elapsed=0.1, verify=False
    )


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_route_answers_as_documented(lasting_client, operation, mode):
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=3, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def hold(case):
        case.validate_response(answered(lasting_client, case), checks=HELD)

    with suppress(Unsatisfiable):  # a route that takes nothing cannot be given anything wrong
        hold()
