"""Exception cases, rules and sweeps as staff meet them over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.services import orders, sweep
from tests.factories import CUSTOMER, MARKET, an_order_request
from tests.services.confirmed import a_confirmed_order, a_failed_payment
from tests.services.sweeping import give_receipts, make_queues
from tests.tokens import bearer

MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
ELSEWHERE = bearer("staff-nu", "manager", "store:sto_noodles")
ADA = bearer(CUSTOMER.id)
PATH = "/v1/ops/exceptions"


def sweep_now():
    moment = datetime.now(UTC)
    return sweep.sweep("test", lambda: moment, timedelta(seconds=20), wait=lambda _: None)


@pytest.fixture
def late(client):
    """A confirmed order that nobody accepted for longer than the rule permits."""
    make_queues()
    _, order = a_confirmed_order(CUSTOMER, now=datetime.now(UTC) - timedelta(minutes=10))
    give_receipts(order.order_id)
    sweep_now()
    return order


def get(client, path, who=MANAGER):
    return client.send("GET", path, authorization=who)


def post(client, path, body=None, who=MANAGER, **headers):
    return client.send("POST", path, body or {}, authorization=who, headers=headers)


def the_case(client, rule="order_not_returned"):
    [case] = get(client, f"{PATH}?rule={rule}").json["items"]
    return case


def test_a_case_has_everything_that_the_contract_names(client, late):
    case = the_case(client)

    assert case["subject"] == {"type": "order", "id": late.order_id}
    assert (case["status"], case["severity"], case["cause"]) == ("open", "critical", "operation")
    assert late.number in case["summary"]
    assert case["count"] == 1
    assert case["assignee"] is None
    assert {"at", "action", "outcome"} <= set(case["repairs"][0])
    assert case["alerts"] == []
    assert case["customer_message"].startswith("The store has not answered yet.")
    one = get(client, f"{PATH}/{case['case_id']}")
    assert one.json == case
    assert one.headers["etag"] == f'"{case["version"]}"'


def test_texts_come_in_the_readers_language(client, late):
    answer = client.send("GET", PATH, authorization=MANAGER, headers={"Accept-Language": "zh-CN"})
    assert "订单" in answer.json["items"][0]["summary"]


def test_the_list_is_filtered_and_counts_by_severity(client, late):
    everything = get(client, PATH).json
    rules = {case["rule"] for case in everything["items"]}
    assert "order_not_returned" in rules
    assert everything["counts"]["critical"] == 1
    assert get(client, f"{PATH}?status=resolved").json["items"] == []
    critical = get(client, f"{PATH}?severity=critical&status=open").json["items"]
    assert [case["rule"] for case in critical] == ["order_not_returned"]
    assert get(client, f"{PATH}?severity=terrible").status == 422


def test_pages_show_each_case_once(client, late):
    total = len(get(client, PATH).json["items"])
    seen, cursor = [], ""
    for _ in range(total):
        page = get(client, f"{PATH}?limit=1{cursor}").json
        seen += [case["case_id"] for case in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert len(set(seen)) == len(seen) == total


def test_another_stores_case_does_not_exist(client, late):
    case_id = the_case(client)["case_id"]
    assert get(client, PATH, ELSEWHERE).json["items"] == []
    assert get(client, PATH, ELSEWHERE).json["counts"]["critical"] == 0
    answer = get(client, f"{PATH}/{case_id}", ELSEWHERE)
    assert (answer.status, answer.code) == (404, "case_not_found")
    assert post(client, f"{PATH}/{case_id}/acknowledge", who=ELSEWHERE).status == 404


def test_customers_and_strangers_see_no_cases(client, late):
    assert get(client, PATH, ADA).status == 403
    assert client.send("GET", PATH).status == 401
    assert post(client, f"{PATH}/{the_case(client)['case_id']}/resolve", who=CLERK).status == 403


def test_acknowledging_takes_the_case_in_hand_once(client, late):
    path = f"{PATH}/{the_case(client)['case_id']}"
    first = post(client, f"{path}/acknowledge").json
    assert (first["status"], first["acknowledged_by"]) == ("acknowledged", "staff-mo")
    assert first["assignee"] == "staff-mo"
    assert post(client, f"{path}/acknowledge").json == first
    assert get(client, f"{PATH}?status=open&rule=order_not_returned").json["items"] == []
    assert the_case(client)["status"] == "acknowledged"


def test_assigning_and_muting_keep_the_case_open(client, late):
    path = f"{PATH}/{the_case(client)['case_id']}"
    assert (
        post(client, f"{path}/assign", {"assignee": "staff-cleo"}).json["assignee"] == "staff-cleo"
    )
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    assert post(client, f"{path}/mute", {"until": until}).json["muted_until"] is not None
    wrong = post(client, f"{path}/mute", {"until": "2020-01-01T00:00:00Z"})
    assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (422, "/until")
    assert the_case(client)["status"] == "open"


def test_resolving_sticks_only_when_the_rule_finds_nothing(client, late):
    path = f"{PATH}/{the_case(client)['case_id']}"
    refused = post(client, f"{path}/resolve")
    assert (refused.status, refused.code) == (409, "case_still_found")
    accepted = client.send(
        "POST", f"/v1/ops/orders/{late.order_id}/accept", {}, authorization=CLERK,
        headers={"If-Match": "*"},
    )  # fmt: skip
    assert accepted.status == 200
    done = post(client, f"{path}/resolve").json
    assert (done["status"], done["resolved_by"]) == ("resolved", "staff-mo")
    again = post(client, f"{path}/resolve")
    assert (again.status, again.code) == (409, "case_resolved")


def test_a_repair_runs_when_staff_say_so_and_is_noted(client, late):
    case = the_case(client)
    done = post(client, f"{PATH}/{case['case_id']}/repair").json
    assert len(done["repairs"]) > len(case["repairs"])
    assert done["status"] == "open"


def test_a_stale_view_of_a_case_is_refused(client, late):
    path = f"{PATH}/{the_case(client)['case_id']}/acknowledge"
    assert post(client, path, **{"If-Match": '"999"'}).status == 412
    assert post(client, path, **{"If-Match": "*"}).status == 200


def test_many_cases_at_once_each_have_their_own_outcome(client, late):
    case_id = the_case(client)["case_id"]
    body = {"case_ids": [case_id, "case_none"], "action": "acknowledge"}
    items = post(client, f"{PATH}/bulk", body).json["items"]
    assert [(item["case_id"], item["outcome"], item["code"]) for item in items] == [
        (case_id, "done", None),
        ("case_none", "refused", "case_not_found"),
    ]
    assert items[0]["case"]["status"] == "acknowledged"
    assert post(client, f"{PATH}/bulk", {**body, "action": "explode"}).status == 422


def test_the_audit_trail_has_each_of_many_acts_with_what_was_before(client, late):
    case_id = the_case(client)["case_id"]
    post(client, f"{PATH}/{case_id}/assign", {"assignee": "staff-cleo"})
    post(client, f"{PATH}/bulk", {"case_ids": [case_id, "case_none"], "action": "acknowledge"})
    trail = get(client, "/v1/ops/audit").json["items"]
    told = {
        (entry["action"], entry["subject"]["id"], entry["outcome"], entry.get("code")): (
            [part and part.get("status") for part in (entry.get("before"), entry.get("after"))],
            [part and part.get("assignee") for part in (entry.get("before"), entry.get("after"))],
        )
        for entry in trail
        if entry["subject"]["type"] == "case"
    }
    assert told == {
        ("exceptions.assign", case_id, "done", None): (["open"] * 2, [None, "staff-cleo"]),
        ("exceptions.bulk", case_id, "done", None): (
            ["open", "acknowledged"],
            ["staff-cleo", "staff-cleo"],
        ),
        ("exceptions.bulk", "case_none", "refused", "case_not_found"): ([None] * 2, [None] * 2),
    }


def test_the_orders_log_tells_of_the_case(client, late):
    events = get(client, f"/v1/orders/{late.order_id}").json["events"]
    opened = [event for event in events if event["type"] == "exception.opened"]
    assert "order_not_returned" in {event["data"]["rule"] for event in opened}
    assert [event["version"] for event in events] == list(range(1, len(events) + 1))


def test_the_case_tells_who_did_what_and_what_is_at_risk(client, late):
    case = the_case(client)
    path = f"{PATH}/{case['case_id']}"
    assert case["money_at_risk"] == {"amount_minor": 1900, "currency": "CNY"}
    assert client.send("POST", f"{path}/notes", {"text": "Called, no answer"},
                       authorization=CLERK).status == 200  # fmt: skip
    for _ in range(2):
        post(client, f"{path}/acknowledge")
    post(client, f"{path}/assign", {"assignee": "staff-cleo"})
    post(client, f"{path}/repair")
    told = get(client, path).json["log"]
    assert [(each["act"], each["by"], each["detail"]) for each in told] == [
        ("opened", "system:order_not_returned", ""),
        ("noted", "staff-cleo", "Called, no answer"),
        ("acknowledged", "staff-mo", ""),
        ("assigned", "staff-mo", "staff-cleo"),
        ("repaired", "staff-mo", ""),
    ]


def test_a_note_is_for_staff_of_the_store_and_says_something(client, late):
    path = f"{PATH}/{the_case(client)['case_id']}/notes"
    assert post(client, path, {"text": "x"}, who=ELSEWHERE).status == 404
    assert post(client, path, {"text": "x"}, who=ADA).status == 403
    assert post(client, path, {"text": ""}).status == 422
    assert post(client, path, {"text": "  "}).status == 422


def test_a_silence_can_be_ended_early(client, late):
    path = f"{PATH}/{the_case(client)['case_id']}"
    assert post(client, f"{path}/mute").json["muted_until"] is not None
    ended = post(client, f"{path}/unmute").json
    assert ended["muted_until"] is None
    assert [act["act"] for act in ended["log"]] == ["opened", "muted", "unmuted"]


def test_a_case_tells_which_orders_it_concerns(client):
    make_queues()
    now = datetime.now(UTC)
    _, order = a_confirmed_order(
        CUSTOMER, now=now, line_items=[{"sku": "last-cake", "quantity": 1}]
    )
    a_confirmed_order(CUSTOMER, now=now, key="another-key")
    sweep_now()
    case_id = the_case(client, "stock_shortage")["case_id"]
    concerned = get(client, f"{PATH}/{case_id}/orders", CLERK).json
    assert [one["order_id"] for one in concerned["items"]] == [order.order_id]
    assert concerned["items"][0]["number"] == order.number
    total = order.totals.total
    assert concerned["totals"] == [{"amount_minor": total.amount_minor, "currency": total.currency}]
    assert get(client, f"{PATH}/{case_id}/orders", ELSEWHERE).status == 404
    assert get(client, f"{PATH}/{case_id}/orders", ADA).status == 403


def test_a_case_about_a_customer_tells_of_the_orders_of_its_time(client):
    make_queues()
    now = datetime.now(UTC)
    _, before = a_confirmed_order(CUSTOMER, now=now - timedelta(days=1), key="another-key-1")
    failed = []
    for number in range(3):
        request = an_order_request(allow_duplicate=True)
        placed = orders.place(request, CUSTOMER, f"key-{number}", language="en", now=now)
        failed.append(placed.file.order.order_id)
        a_failed_payment(failed[-1], now)
    sweep_now()
    case_id = the_case(client, "suspected_fraud")["case_id"]
    concerned = get(client, f"{PATH}/{case_id}/orders").json["items"]
    assert {one["order_id"] for one in concerned} == set(failed)
    assert before.order_id not in failed
