"""The daily digest's hour and readers over HTTP."""

import pytest

from tests.factories import MARKET
from tests.tokens import bearer

MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
ELSEWHERE = bearer("staff-eve", "manager", "store:elsewhere")
PATH = f"/v1/ops/digests/{MARKET}"


def listed(client):
    answer = client.send("GET", "/v1/ops/digests", authorization=CLERK)
    return {one["store_id"]: one for one in answer.json["items"]}


def test_a_manager_sets_the_hour_and_everyone_sees_it(client):
    assert (listed(client)[MARKET]["hour"], listed(client)[MARKET]["next_at"]) == ("08:00", None)
    body = {"hour": "18:30", "channels": ["email", "slack"]}
    answer = client.send("PUT", PATH, body, authorization=MANAGER)
    assert answer.status == 200, answer.text
    shown = listed(client)[MARKET]
    assert answer.json["next_at"] == shown["next_at"]
    assert (shown["hour"], shown["channels"]) == ("18:30", ["email", "slack"])
    assert "T10:30:00" in shown["next_at"]


def test_a_clerk_sets_nothing_another_stores_manager_sees_nothing(client):
    body = {"hour": None}
    assert client.send("PUT", PATH, body, authorization=CLERK).status == 403
    assert client.send("PUT", PATH, body, authorization=ELSEWHERE).status in {403, 404}
    assert client.send("GET", "/v1/ops/digests", authorization=ELSEWHERE).json["items"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"hour": "24:00"}, "/hour"), ({"hour": "08:00", "channels": ["pigeon"]}, "/channels/0")],
)
def test_wrong_values_are_refused_with_their_place(client, body, pointer):
    answer = client.send("PUT", PATH, body, authorization=MANAGER)
    assert answer.status == 422
    assert pointer in [error["pointer"] for error in answer.json["errors"]]


def test_only_a_reader_with_an_address_can_subscribe_and_only_a_reader_be_removed(client):
    path = f"{PATH}/subscription"
    answer = client.send("PUT", path, {"channels": ["sms"]}, authorization=CLERK)
    assert (answer.status, answer.json["code"]) == (409, "no_own_address")
    answer = client.send("DELETE", f"{PATH}/readers/nobody", authorization=MANAGER)
    assert (answer.status, answer.json["code"]) == (404, "reader_not_found")
