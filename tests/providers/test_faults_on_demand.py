"""A practice company's API that fails when it is told to."""

import time

import pytest
import urllib3

HTTP = urllib3.PoolManager(retries=False)


@pytest.fixture
def base(practice):
    return practice.secrets["alipay"]["gateway"].removesuffix("/gateway.do")


def plan(base, body):
    return HTTP.request("POST", f"{base}/practice/faults", json=body)


def ask(base):
    return HTTP.request(
        "GET", f"{base}/v2/checkout/orders/X", headers={"Authorization": "Bearer x"}
    )


def test_as_many_calls_as_were_planned_fail(base):
    plain = ask(base)
    assert plain.status == 404
    assert plan(base, {"fault": "refused", "times": 2}).json() == {"fault": "refused", "times": 2}
    assert [ask(base).status for _ in range(3)] == [503, 503, 404]
    plan(base, {"fault": "garbled"})
    garbled = ask(base)
    changed = [i for i, (a, b) in enumerate(zip(plain.data, garbled.data, strict=True)) if a != b]
    assert (garbled.status, len(changed)) == (404, 1)


def test_a_plan_is_taken_back_and_pages_never_fail(base):
    plan(base, {"fault": "refused", "times": 5})
    assert HTTP.request("GET", f"{base}/payments").status == 200
    assert plan(base, {"fault": "refused", "times": 0}).json()["times"] == 0
    assert ask(base).status == 404


def test_a_slow_answer_comes_when_nobody_waits_any_longer(base):
    plan(base, {"fault": "slow"})
    began = time.monotonic()
    assert ask(base).status == 404
    assert time.monotonic() - began > 3


@pytest.mark.parametrize(
    "body",
    [{}, {"fault": "no such"}, {"fault": "lost", "times": -1}, {"fault": "lost", "times": "1"}, []],
)
def test_a_plan_that_makes_no_sense_is_refused(base, body):
    assert plan(base, body).status == 422
    assert ask(base).status == 404
