"""Whether an order can be taken, told without waiting for tables that do not answer."""

import pytest

from chalicelib.services import breaker
from tests.factories import MARKET
from tests.support.outage import outage


@pytest.fixture(autouse=True)
def _closed_circuit():
    yield
    breaker.forget()


def test_a_stage_that_takes_orders_is_well(client):
    answer = client.send("GET", "/v1/health")
    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_tables_that_are_down_are_asked_once_and_then_no_more(client):
    with outage("dynamodb") as asked:
        first = client.send("GET", "/v1/health")
        assert (first.status, first.code) == (503, "unavailable")
        assert first.headers["retry-after"]
        assert len(asked) == 1
        for _ in range(2):
            client.send("GET", f"/v1/stores/{MARKET}")
        known = len(asked)
        assert client.send("GET", "/v1/health").status == 503
        assert len(asked) == known
