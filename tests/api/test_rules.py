"""The rules' settings over HTTP."""

import pytest

from chalicelib import plugins
from tests.factories import MARKET
from tests.tokens import bearer

MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
PATH = "/v1/ops/rules"
MARS = {"start": "22:00", "end": "07:00", "time_zone": "Mars/Base"}


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
    assert listed["stock_drift"]["narrowed_by"] == ["store_ids"]
    assert listed["dead_letters"]["narrowed_by"] == []


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
        (
            "payment_stale",
            {"quiet_hours": {"start": "25:00", "end": "07:00"}},
            "/quiet_hours/start",
        ),
        ("payment_stale", {"quiet_hours": MARS}, "/quiet_hours/time_zone"),
        ("payment_stale", {"muted_until": "2099-01-01T00:00:00Z"}, "/muted_until"),
        ("payment_stale", {"only": {"channels": ["fax"]}}, "/only/channels/0"),
        ("payment_stale", {"only": {"amount_minor_min": 0}}, "/only/amount_minor_min"),
        ("payment_stale", {"only": {"store_ids": [MARKET, "sto_none"]}}, "/only/store_ids/1"),
        ("dead_letters", {"only": {"channels": ["web"]}}, "/only/channels"),
        ("dead_letters", {"only": {"store_ids": [MARKET]}}, "/only/store_ids"),
        ("stock_drift", {"only": {"amount_minor_min": 1}}, "/only/amount_minor_min"),
        ("payment_stale", {"channels": ["email", "sms", "email"]}, "/channels"),
        (
            "payment_stale",
            {"quiet_hours": {"start": "07:00", "end": "07:00"}},
            "/quiet_hours/end",
        ),
        (
            "payment_stale",
            {"quiet_hours": {"start": "22:00\n", "end": "07:00"}},
            "/quiet_hours/start",
        ),
    ],
)
def test_each_wrong_value_is_refused_with_its_place(client, rule, body, pointer):
    answer = put(client, rule, {**rules(client)[rule], **body})
    assert answer.status == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    assert rules(client)[rule]["version"] == 0


def test_a_rule_is_narrowed_by_what_it_looks_at(client):
    market, web = {"store_ids": [MARKET]}, {"channels": ["web"]}
    for rule, only in [
        ("stock_drift", market), ("order_rate_anomaly", market), ("stock_shortage", web),
        ("dead_letters", {}),
    ]:  # fmt: skip
        answer = put(client, rule, {"only": only})
        assert answer.status == 200, answer.text


def test_the_audit_trail_tells_what_a_rule_was_before_and_after(client):
    guard = {"store_ids": [MARKET], "channels": ["web"], "amount_minor_min": 500,
             "customers": "registered"}  # fmt: skip
    put(client, "payment_stale", {"threshold_seconds": 60})
    put(client, "payment_stale", {"channels": ["sms"], "only": guard})
    post = f"{PATH}/payment_stale/preview"
    client.send("POST", post, {"threshold_seconds": 5}, authorization=MANAGER)
    trail = client.send("GET", "/v1/ops/audit", authorization=MANAGER).json["items"]
    assert [entry["action"] for entry in trail] == ["rules.update", "rules.update"]
    newest = trail[0]
    told = [
        (part["version"], part["threshold_seconds"], part["channels"], part["only"])
        for part in (newest["before"], newest["after"])
    ]
    assert told == [(1, 60, [], None), (2, 60, ["sms"], guard)]
    assert (newest["actor"]["id"], newest["subject"]["id"]) == ("staff-mo", "payment_stale")


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


def test_quiet_hours_and_guard_are_kept_and_null_clears_them(client):
    rule = rules(client)["payment_stale"]
    night = {"start": "22:00", "end": "07:00", "time_zone": "Asia/Shanghai"}
    guard = {"store_ids": [MARKET], "channels": ["web"], "amount_minor_min": 500,
             "customers": "registered"}  # fmt: skip
    answer = put(client, "payment_stale", {**rule, "quiet_hours": night, "only": guard})
    assert (answer.json["quiet_hours"], answer.json["only"]) == (night, guard)
    kept = put(client, "payment_stale", {"threshold_seconds": 60}).json
    assert (kept["quiet_hours"], kept["only"]) == (night, guard)
    cleared = put(client, "payment_stale", {"quiet_hours": None, "only": None}).json
    assert (cleared["quiet_hours"], cleared["only"]) == (None, None)


def test_a_preview_tells_and_saves_nothing(client):
    path = f"{PATH}/payment_stale/preview"
    answer = client.send("POST", path, {"threshold_seconds": 1}, authorization=MANAGER)
    assert answer.status == 200, answer.text
    assert answer.json["would_have_fired"] == 0
    assert rules(client)["payment_stale"]["version"] == 0
    bad = client.send("POST", path, {"threshold_seconds": 0}, authorization=MANAGER)
    assert bad.status == 422
    assert client.send("POST", path, {}, authorization=CLERK).status == 403
