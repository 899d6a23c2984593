"""The audit trail: each act of staff and each refused one, who, what, when, before, after."""

import pytest

from tests.factories import MARKET, NOODLES, order_body
from tests.tokens import bearer

ADMIN = bearer("staff-ana", "admin")
MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
KITCHEN = bearer("staff-kit", "kitchen", f"store:{MARKET}")
CUSTOMER = bearer("cus-ada")


def place(client, store_id=MARKET):
    """An order that is free of charge to confirm: taken on site."""
    body = order_body(store_id=store_id, contact={"name": "Ada", "phone": "+8613912345678"})
    return client.send("POST", "/v1/orders", body, key=f"key-{store_id}", authorization=CUSTOMER)


def trail(client, query="", authorization=ADMIN):
    answer = client.send("GET", f"/v1/ops/audit{query}", authorization=authorization)
    assert answer.status == 200
    return answer.json["items"]


def cancel(client, order_id, authorization=CLERK, **body):
    return client.send(
        "POST",
        f"/v1/ops/orders/{order_id}/cancel",
        body,
        authorization=authorization,
        headers={"If-Match": "*"},
    )


def test_an_act_of_staff_is_kept_with_what_was_before_and_after(client):
    order = place(client).json
    assert cancel(client, order["order_id"], reason="sold out").status == 200
    (entry,) = trail(client)
    assert entry["action"] == "orders.cancel"
    assert entry["actor"] == {"type": "staff", "id": "staff-cleo"}
    assert entry["roles"] == ["clerk"]
    assert entry["subject"] == {"type": "order", "id": order["order_id"]}
    assert entry["outcome"] == "done"
    assert (entry["before"]["status"], entry["after"]["status"]) == ("placed", "canceled")
    assert entry["input"] == {"reason": "sold out"}
    assert entry["at"]
    assert entry["store_id"] == MARKET


def test_a_role_that_may_not_act_leaves_a_refusal(client):
    order = place(client).json
    assert cancel(client, order["order_id"], KITCHEN).status == 403
    (entry,) = trail(client)
    assert (entry["outcome"], entry["code"]) == ("refused", "role_required")
    assert entry["actor"]["id"] == "staff-kit"
    assert entry["subject"]["id"] == order["order_id"]


def test_another_stores_order_leaves_a_refusal(client):
    order = place(client, NOODLES).json
    assert cancel(client, order["order_id"]).status == 404
    (entry,) = trail(client)
    assert (entry["outcome"], entry["code"]) == ("refused", "order_not_found")


def test_a_step_that_the_state_forbids_leaves_a_refusal(client):
    order = place(client).json
    path = f"/v1/ops/orders/{order['order_id']}/accept"
    refused = client.send("POST", path, {}, authorization=CLERK, headers={"If-Match": "*"})
    assert refused.status == 409
    (entry,) = trail(client)
    assert (entry["action"], entry["code"]) == ("orders.accept", "invalid_transition")
    assert entry["before"]["status"] == "placed"


def test_a_customer_on_a_staff_route_leaves_a_refusal_and_a_stranger_none(client):
    assert client.send("GET", "/v1/ops/orders", authorization=CUSTOMER).status == 403
    assert client.send("GET", "/v1/ops/orders").status == 401
    (entry,) = trail(client)
    assert entry["actor"] == {"type": "customer", "id": "cus-ada"}


def test_reading_and_ordering_leave_nothing(client):
    order = place(client).json
    client.send("GET", "/v1/ops/orders", authorization=CLERK)
    client.send("GET", f"/v1/orders/{order['order_id']}", authorization=CUSTOMER)
    assert trail(client) == []


def test_a_member_of_staff_canceling_on_the_customers_route_is_kept(client):
    order = place(client).json
    path = f"/v1/orders/{order['order_id']}/cancel"
    assert client.send("POST", path, {}, authorization=CLERK).status == 200
    (entry,) = trail(client)
    assert entry["actor"]["id"] == "staff-cleo"


def test_an_api_keys_making_is_kept_without_the_key(client):
    body = {"name": "Warehouse", "role": "clerk", "store_ids": [MARKET]}
    made = client.send("POST", "/v1/ops/api-keys", body, authorization=ADMIN).json
    machine = f"Bearer {made['api_key']}"
    assert client.send("POST", "/v1/ops/api-keys", body, authorization=machine).status == 403
    refused, entry = trail(client)
    assert refused["actor"] == {"type": "machine", "id": made["key_id"]}
    assert entry["subject"] == {"type": "api_key", "id": made["key_id"]}
    assert made["api_key"] not in str(entry)
    assert made["api_key"].split("_", 2)[2] not in str(entry)


def test_personal_data_are_masked(client):
    order = place(client).json
    cancel(client, order["order_id"], reason="call the customer")
    text = str(trail(client))
    assert "13912345678" not in text
    assert "Ada" not in text


def test_personal_data_in_what_was_asked_are_masked_however_deep(client):
    order = place(client).json
    change = {
        "contact": {"name": "Grace", "phone": "+8613700001111"},
        "fulfillment": {"type": "delivery", "address": {"line1": "9 Canary Lane"}},
        "note": "ring twice",
    }
    path = f"/v1/orders/{order['order_id']}"
    client.send("PATCH", path, change, authorization=CLERK, headers={"If-Match": "*"})
    (entry,) = trail(client)
    assert entry["input"]["contact"] == {"name": "G***", "phone": "+***"}
    for canary in ("Grace", "13700001111", "Canary", "twice"):
        assert canary not in str(entry)


def test_a_subjects_history_is_found_by_its_id(client):
    market, noodles = place(client).json, place(client, NOODLES).json
    for order in (market, noodles):
        cancel(client, order["order_id"], ADMIN)
    (entry,) = trail(client, f"?subject={noodles['order_id']}")
    assert entry["subject"]["id"] == noodles["order_id"]


def test_a_persons_acts_are_found_by_their_id(client):
    order = place(client).json
    cancel(client, order["order_id"], KITCHEN)
    cancel(client, order["order_id"], CLERK)
    assert [e["actor"]["id"] for e in trail(client, "?actor=staff-kit")] == ["staff-kit"]


def test_the_trail_comes_in_pages_newest_first_without_gaps_or_repeats(client):
    order = place(client).json
    for _ in range(5):
        cancel(client, order["order_id"], KITCHEN)
    whole = [entry["audit_id"] for entry in trail(client)]
    seen, cursor = [], ""
    for _ in range(3):
        answer = client.send("GET", f"/v1/ops/audit?limit=2{cursor}", authorization=ADMIN).json
        seen += [entry["audit_id"] for entry in answer["items"]]
        cursor = f"&cursor={answer['next_cursor']}"
    assert seen == whole
    assert len(whole) == 5
    assert answer["next_cursor"] is None


def test_a_cursor_is_good_for_its_own_reader_only(client):
    order = place(client).json
    for _ in range(3):
        cancel(client, order["order_id"], KITCHEN)
    page = client.send("GET", "/v1/ops/audit?limit=1", authorization=ADMIN).json
    path = f"/v1/ops/audit?limit=1&cursor={page['next_cursor']}"
    assert client.send("GET", path, authorization=MANAGER).status == 400


def test_a_clerk_sees_their_own_acts_and_a_manager_those_of_their_stores(client):
    market, noodles = place(client).json, place(client, NOODLES).json
    cancel(client, market["order_id"], CLERK)
    cancel(client, noodles["order_id"], ADMIN)
    assert trail(client, authorization=KITCHEN) == []
    assert [e["actor"]["id"] for e in trail(client, authorization=CLERK)] == ["staff-cleo"]
    assert [e["store_id"] for e in trail(client, authorization=MANAGER)] == [MARKET]


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=2026-11-22T10:00:00", "limit=0", "limit=101"]
)
def test_a_question_that_makes_no_sense_is_refused(client, query):
    assert client.send("GET", f"/v1/ops/audit?{query}", authorization=ADMIN).status == 422


def test_a_since_in_the_future_finds_nothing(client):
    assert trail(client, "?since=2999-01-01T00:00:00Z") == []
