"""A sweep on demand over HTTP: the function is invoked, and its counts are the answer."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.services import sweep, sweep_requests
from tests.factories import MANAGER as STAFF
from tests.factories import MARKET, NOW
from tests.reliability.crashes import watched
from tests.services.sweeping import make_queues
from tests.tokens import bearer

MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")


class Lambda:
    """Runs the real handler, as Lambda would, with the event as it was sent."""

    def __init__(self, error=None):
        self.error = error
        self.events = []

    def invoke(self, FunctionName, Payload):  # noqa: N803
        from chalicelib.workers.sweep import sweep_exceptions

        self.events.append(json.loads(Payload))
        if self.error:
            return {"FunctionError": self.error, "Payload": io.BytesIO(b"{}")}
        answer = sweep_exceptions(self.events[-1], type("Context", (), {"aws_request_id": "r"})())
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def test_a_sweep_by_hand_runs_the_function_and_answers_its_counts(shop, capsys):
    make_queues()
    counts = sweep_requests.sweep_now(STAFF, NOW, client=Lambda())
    assert (counts.requested_by, counts.due, counts.failed) == ("staff-mo", 0, 0)
    assert "SweepHeartbeat" not in capsys.readouterr().out


def test_a_sweep_that_failed_says_to_try_again(aws):
    with pytest.raises(Unavailable):
        sweep_requests.sweep_now(STAFF, NOW, client=Lambda(error="Unhandled"))


def test_the_route_invokes_the_function_as_managers_only(client):
    assert client.send("POST", "/v1/ops/sweeps", {}, authorization=CLERK).status == 403
    answered = Answered()
    with watched(answered):
        answer = client.send("POST", "/v1/ops/sweeps", {}, authorization=MANAGER)
    assert answer.status == 200, answer.text
    assert answer.json["requested_by"] == "staff-mo"
    assert answered.names.count("Invoke") == 1


def test_the_newest_sweep_can_be_read(client):
    assert client.send("GET", "/v1/ops/sweeps", authorization=CLERK).json == {"last": None}
    moment = datetime.now(UTC)
    sweep.sweep("schedule", lambda: moment, timedelta(seconds=5))
    last = client.send("GET", "/v1/ops/sweeps", authorization=CLERK).json["last"]
    assert (last["requested_by"], last["left"]) == ("schedule", 0)


class Answered:
    """Answers the invocation in Lambda's place; every other call goes its way."""

    def __init__(self):
        self.names = []

    def around(self, name, call):
        self.names.append(name)
        if name != "Invoke":
            return call()
        moment = datetime.now(UTC)
        counts = sweep.sweep("staff-mo", lambda: moment, timedelta(seconds=5))
        import msgspec
        from botocore.awsrequest import AWSResponse

        payload = io.BytesIO(msgspec.json.encode(counts))
        response = AWSResponse("https://lambda", 200, {}, payload)
        return (response, {"StatusCode": 200, "Payload": payload}), None
