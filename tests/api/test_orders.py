"""Orders over HTTP: codes, headers and problem documents of the contract."""

import pytest

from tests.factories import MARKET, order_body, stock_of
from tests.http import GUEST_KEY
from tests.tokens import bearer

STAFF = bearer("staff-cleo", "clerk", f"store:{MARKET}")


def place(client, key=GUEST_KEY + "1", **overrides):
    return client.send("POST", "/v1/orders", order_body(**overrides), key=key)


def test_a_guest_places_reads_and_replays_an_order(client):
    placed = place(client)
    order = placed.json

    assert placed.status == 201
    assert placed.headers["location"] == f"/v1/orders/{order['order_id']}"
    assert placed.headers["etag"] == '"1"'
    assert placed.headers["x-request-id"]
    assert order["events"][0]["type"] == "order.placed"
    assert order["totals"]["total"] == {"amount_minor": 1900, "currency": "CNY"}

    token = f"Guest {order['guest_token']}"
    read = client.send("GET", f"/v1/orders/{order['order_id']}", authorization=token)
    assert (read.status, read.headers["etag"]) == (200, '"1"')
    assert "guest_token" not in read.json

    again = place(client)
    assert again.status == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json["guest_token"] == order["guest_token"]

    by_key = client.send("GET", "/v1/orders/by-key", key=GUEST_KEY + "1")
    assert by_key.json["order_id"] == order["order_id"]


@pytest.mark.parametrize("seen", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_an_unchanged_order_is_not_sent_again(client, seen):
    order = place(client).json
    answer = client.send(
        "GET",
        f"/v1/orders/{order['order_id']}",
        authorization=f"Guest {order['guest_token']}",
        headers={"If-None-Match": seen},
    )

    assert (answer.status, answer.text) == (304, "")


def test_an_order_that_can_be_paid_is_always_sent_since_no_version_tells_how(client, cashier):
    order = place(client).json
    holder = f"Guest {order['guest_token']}"
    path = f"/v1/orders/{order['order_id']}"
    body = {"provider": "sandbox", "method": "card"}
    paid = client.send("POST", f"{path}/payments", body, key="pay-1", authorization=holder)
    assert paid.status == 201, paid.text

    for _ in range(2):  # a page may have seen this version before it was known how to pay
        headers = {"If-None-Match": '"2"'}
        answer = client.send("GET", path, authorization=holder, headers=headers)
        assert (answer.status, answer.headers["etag"]) == (200, '"2"')
        assert answer.json["payments"][0]["next_action"] == paid.json["next_action"]


def test_who_was_shown_another_price_is_told_the_new_quote(client):
    body = order_body(expected_total={"amount_minor": 1, "currency": "CNY"})
    refused = client.send("POST", "/v1/orders", body, key=GUEST_KEY)

    assert (refused.status, refused.code) == (409, "price_changed")
    assert refused.json["quote"] == client.send("POST", "/v1/quotes", body).json


def test_nobody_sees_another_ones_order(client):
    first = place(client).json
    second = place(client, key=GUEST_KEY + "2", line_items=[{"sku": "milk", "quantity": 1}]).json

    token = f"Guest {second['guest_token']}"
    answer = client.send("GET", f"/v1/orders/{first['order_id']}", authorization=token)
    assert (answer.status, answer.code) == (404, "order_not_found")
    assert client.send("GET", f"/v1/orders/{first['order_id']}").status == 401


def test_a_canceled_order_gives_its_stock_back_once(client):
    order = place(client).json
    token = f"Guest {order['guest_token']}"
    path = f"/v1/orders/{order['order_id']}/cancel"

    canceled = client.send("POST", path, {"reason": "changed my mind"}, authorization=token)
    assert canceled.json["status"] == "canceled"
    assert canceled.json["cancel_reason"] == "changed my mind"
    assert canceled.json["amount_due"]["amount_minor"] == 0
    assert client.send("POST", path, {}, authorization=token).json["version"] == 2
    assert stock_of("apple") == (500, 0, 0)
    assert place(client, key=GUEST_KEY + "3").status == 201, "the duplicate guard was freed"


def test_a_stale_version_is_refused(client):
    order = place(client).json
    answer = client.send(
        "POST",
        f"/v1/orders/{order['order_id']}/cancel",
        {},
        authorization=f"Guest {order['guest_token']}",
        headers={"If-Match": '"7"'},
    )

    assert (answer.status, answer.code) == (412, "version_mismatch")


def test_a_quote_lists_problems_instead_of_failing(client):
    body = order_body(
        line_items=[{"sku": "last-cake", "quantity": 3}, {"sku": "no", "quantity": 1}]
    )
    quoted = client.send("POST", "/v1/quotes", body)

    assert quoted.status == 200
    assert {p["code"] for p in quoted.json["problems"]} == {"out_of_stock", "product_not_found"}
    assert stock_of("last-cake") == (1, 0, 0)


BAD_BODIES = {
    "BAD-001 broken JSON": (b"{bad", 400),
    "BAD-003 NaN": (b'{"store_id": NaN}', 400),
    "BAD-003 overflow": (b'{"store_id": 1e400}', 400),
    "BAD-004 duplicate keys": (b'{"store_id": "a", "store_id": "b"}', 400),
    "BAD-005 deep": (b"[" * 100_000, 400),
    "BAD-006 huge integer": (b'{"a": ' + b"9" * 5000 + b"}", 400),
    "BAD-007 invalid UTF-8": (b'{"store_id": "\xff"}', 400),
    "BAD-007 as API Gateway hands it on": ('{"store_id": "\ufffd"}'.encode(), 400),
    "BAD-014 array": (b"[]", 422),
    "BAD-014 null": (b"null", 422),
    "BAD-016 too large": (b'"' + b"a" * 256_001 + b'"', 413),
}


@pytest.mark.parametrize(("raw", "status"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_bad_bytes_get_a_problem_document(client, raw, status):
    answer = client.send("POST", "/v1/orders", raw=raw, key=GUEST_KEY)

    assert answer.status == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json["request_id"]


BAD_VALUES = {
    "BAD-015 unknown field": ({"status": "paid"}, "/status"),
    "BAD-027 zero": ({"line_items": [{"sku": "apple", "quantity": 0}]}, "/line_items/0/quantity"),
    "BAD-027 text": ({"line_items": [{"sku": "apple", "quantity": "1"}]}, "/line_items/0/quantity"),
    "BAD-027 bool": (
        {"line_items": [{"sku": "apple", "quantity": True}]},
        "/line_items/0/quantity",
    ),
    "BAD-027 float": (
        {"line_items": [{"sku": "apple", "quantity": 1.5}]},
        "/line_items/0/quantity",
    ),
    "BAD-010 control": ({"note": "a\u0000b"}, "/note"),
    "BAD-009 surrogate": ({"note": "\ud800"}, "/note"),
    "BAD-109 card number": ({"note": "my card 4242 4242 4242 4242"}, "/note"),
    "BAD-025 full-width": ({"contact": {"phone": "１３８００１３８０００"}}, "/contact/phone"),
    "lines missing": ({"line_items": []}, "/line_items"),
}


@pytest.mark.parametrize(("overrides", "pointer"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_bad_values_are_pointed_at_and_store_nothing(client, overrides, pointer):
    answer = place(client, **overrides)

    assert (answer.status, answer.code) == (422, "invalid_input")
    assert pointer in {error["pointer"] for error in answer.json["errors"]}
    assert place(client).status == 201, "a refused key can be used again"


def test_every_fault_is_listed_at_once(client):
    answer = place(client, channel="fax", line_items=[{"sku": "apple", "quantity": 0}])

    pointers = {error["pointer"] for error in answer.json["errors"]}
    assert pointers == {"/channel", "/line_items/0/quantity"}


def test_an_order_needs_a_key_and_a_guest_a_long_one(client):
    body = order_body()
    assert client.send("POST", "/v1/orders", body).code == "idempotency_key_required"
    assert client.send("POST", "/v1/orders", body, key="short").status == 422
    assert client.send("POST", "/v1/orders", body, key="a b" * 10).status == 400


def test_texts_come_in_the_readers_language_and_codes_do_not(client):
    answer = client.send("POST", "/v1/orders", order_body(), headers={"Accept-Language": "zh-CN"})

    assert answer.code == "idempotency_key_required"
    assert "缺少" in answer.json["title"]


def test_a_repeated_request_of_staff_is_answered_and_not_done_again(client):
    order = place(client).json
    path = f"/v1/ops/orders/{order['order_id']}/notes"
    first = client.send("POST", path, {"text": "no nuts"}, key="n-1", authorization=STAFF)
    again = client.send("POST", path, {"text": "no nuts"}, key="n-1", authorization=STAFF)

    assert first.status == again.status == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json["version"] == first.json["version"] == 2
    other = client.send("POST", path, {"text": "nuts!"}, key="n-1", authorization=STAFF)
    assert (other.status, other.code) == (422, "idempotency_key_reused")


def test_a_refused_request_frees_its_key(client):
    order = place(client).json
    path = f"/v1/ops/orders/{order['order_id']}/notes"

    assert client.send("POST", path, {"text": ""}, key="n-1", authorization=STAFF).status == 422
    answer = client.send("POST", path, {"text": "now"}, key="n-1", authorization=STAFF)
    assert (answer.status, "idempotent-replayed" in answer.headers) == (201, False)


def test_one_key_for_two_orders_is_told_apart(client):
    first = place(client).json
    second = place(client, key=GUEST_KEY + "2", line_items=[{"sku": "milk", "quantity": 1}]).json

    def note(order):
        path = f"/v1/ops/orders/{order['order_id']}/notes"
        return client.send("POST", path, {"text": "no nuts"}, key="n-1", authorization=STAFF)

    assert note(first).status == 201
    assert note(second).code == "idempotency_key_reused"


def test_a_problem_names_what_was_asked_for_and_leads_to_its_explanation(client):
    answer = client.send("GET", "/v1/orders/ord_nobody", authorization=STAFF)

    assert answer.json["instance"] == "/v1/orders/ord_nobody"
    page, _, anchor = answer.json["type"].partition("#")
    assert f'id="{anchor}"' in client.send("GET", page).text
