"""The rules' settings over HTTP."""

import pytest

from chalicelib import plugins
from tests.factories import MARKET
from tests.tokens import bearer

MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
PATH = "/v1/ops/rules"


def rules(client):
    answer = client.send("GET", PATH, authorization=CLERK)
    return {rule["rule"]: rule for rule in answer.json["items"]}


def put(client, rule, body, who=MANAGER, **headers):
    return client.send("PUT", f"{PATH}/{rule}", body, authorization=who, headers=headers)


def test_every_rule_that_is_looked_for_is_listed_with_its_own_thresholds(client):
    listed = rules(client)
    assert set(listed) == set(plugins.names("rules"))
    assert listed["order_not_returned"]["threshold_seconds"] == 120
    assert "threshold_quantity" not in listed["order_not_returned"]
    assert listed["stock_shortage"]["threshold_quantity"] == 3


def test_what_get_returned_can_be_put_back(client):
    for name, rule in rules(client).items():
        answer = put(client, name, rule)
        assert answer.status == 200, answer.text
        changed = {"version", "updated_at", "updated_by"}
        kept = {key: value for key, value in rule.items() if key not in changed}
        assert kept.items() <= answer.json.items()


def test_a_change_is_seen_by_the_next_request(client):
    rule = rules(client)["payment_stale"]
    answer = put(client, "payment_stale", {**rule, "threshold_seconds": 1, "enabled": False})
    assert (answer.status, answer.json["threshold_seconds"]) == (200, 1)
    after = rules(client)["payment_stale"]
    assert (after["threshold_seconds"], after["enabled"], after["version"]) == (1, False, 1)
    assert after["updated_by"] == "staff-mo"


@pytest.mark.parametrize(
    ("rule", "body", "pointer"),
    [
        ("payment_stale", {"threshold_seconds": 0}, "/threshold_seconds"),
        ("payment_stale", {"threshold_seconds": "1"}, "/threshold_seconds"),
        ("payment_stale", {"threshold_quantity": 5}, "/threshold_quantity"),
        ("payment_stale", {"severity": "dire"}, "/severity"),
        ("payment_stale", {"channels": ["pigeon"]}, "/channels/0"),
        ("payment_stale", {"escalate_after_seconds": -1}, "/escalate_after_seconds"),
        ("payment_stale", {"enabled": "yes"}, "/enabled"),
        ("payment_stale", {"colour": "red"}, "/colour"),
    ],
)
def test_each_wrong_value_is_refused_with_its_place(client, rule, body, pointer):
    answer = put(client, rule, {**rules(client)[rule], **body})
    assert answer.status == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    assert rules(client)[rule]["version"] == 0


def test_only_managers_change_rules_and_only_those_that_exist(client):
    assert put(client, "payment_stale", {"threshold_seconds": 5}, CLERK).status == 403
    answer = put(client, "coffee_cold", {"threshold_seconds": 5})
    assert (answer.status, answer.code) == (404, "rule_not_found")


def test_a_stale_version_is_refused_when_it_is_sent(client):
    assert (
        put(client, "payment_stale", {"threshold_seconds": 5}, **{"If-Match": '"0"'}).status == 200
    )
    assert (
        put(client, "payment_stale", {"threshold_seconds": 6}, **{"If-Match": '"0"'}).status == 412
    )
    assert put(client, "payment_stale", {"threshold_seconds": 7}).status == 200
