"""Staff run their store: settings, pausing and resuming."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.clock import rfc3339
from tests.factories import MARKET, NOODLES, order_body
from tests.tokens import bearer

MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
CUSTOMER = bearer("cus-ada")
SETTINGS = f"/v1/ops/stores/{MARKET}"


def change(client, body, authorization=MANAGER, if_match="*"):
    headers = {"If-Match": if_match}
    return client.send("PATCH", SETTINGS, body, headers=headers, authorization=authorization)


def pause(client, authorization=MANAGER, **body):
    return client.send("POST", f"{SETTINGS}/pause", body, authorization=authorization)


def order(client, key):
    return client.send("POST", "/v1/orders", order_body(), key=key, authorization=CUSTOMER)


def test_a_paused_store_says_why_and_takes_no_orders_until_resumed(client):
    assert pause(client, reason="Power cut").json["paused"] is True
    store = client.send("GET", f"/v1/stores/{MARKET}").json
    assert (store["open"], store["paused"], store["pause_reason"]) == (False, True, "Power cut")
    assert store["next_opening_at"] is None
    refused = order(client, "key-1")
    assert (refused.status, refused.code) == (409, "store_closed")
    assert client.send("POST", f"{SETTINGS}/resume", {}, authorization=MANAGER).status == 200
    assert order(client, "key-1").status == 201


def test_a_pause_with_an_end_tells_when_the_store_opens_again(client):
    until = rfc3339(datetime.now(UTC) + timedelta(minutes=15))
    assert pause(client, reason="Busy", until=until).status == 200
    store = client.send("GET", f"/v1/stores/{MARKET}").json
    assert store["next_opening_at"] == store["paused_until"]
    assert store["paused_until"][:19] == until[:19]


def test_a_pause_needs_a_reason_and_an_end_to_come(client):
    past = rfc3339(datetime.now(UTC) - timedelta(minutes=1))
    assert pause(client).status == 422
    assert pause(client, reason="Busy", until=past).json["errors"][0]["pointer"] == "/until"


def test_changed_settings_hold_at_once(client):
    hours = {"mon": [{"opens": "09:00", "closes": "18:00"}]}
    free = {"amount_minor": 0, "currency": "CNY"}
    answer = change(client, {"hours": hours, "delivery_fee": free})
    assert answer.status == 200, answer.text
    store = client.send("GET", f"/v1/stores/{MARKET}").json
    assert store["hours"] == hours
    assert store["delivery_fee"]["amount_minor"] == 0


def test_settings_are_changed_from_the_state_that_was_seen(client):
    seen = client.send("GET", SETTINGS, authorization=CLERK).headers["etag"]
    assert change(client, {"tax_inclusive": False}, if_match=seen).status == 200
    assert change(client, {"tax_inclusive": True}, if_match=seen).status == 412
    unconditional = client.send("PATCH", SETTINGS, {}, authorization=MANAGER)
    assert unconditional.status == 428


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"hours": {"monday": []}}, "/hours/monday"),
        ({"hours": {"mon": [{"opens": "9", "closes": "18:00"}]}}, "/hours/mon/0"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"einvoice_provider": "practice", "tax_id": None}, "/einvoice_provider"),
        (
            {"einvoice_provider": "nobody", "tax_id": "91310106MA1FYX8M41"},
            "/einvoice_provider",
        ),
        ({"einvoice_goods_code": "307"}, "/einvoice_goods_code"),
        ({"time_zone": "../../etc/passwd"}, "/time_zone"),
        ({"tables": ["A1", "A1"]}, "/tables"),
        ({"fulfillment_types": []}, "/fulfillment_types"),
        ({"fulfillment_types": ["dine_in"]}, "/tables"),
        ({"payment_methods": ["barter"]}, "/payment_methods/0"),
        ({"delivery_fee": {"amount_minor": 1, "currency": "USD"}}, "/delivery_fee"),
        ({"currency": "USD"}, "/currency"),
    ],
)
def test_settings_that_make_no_sense_are_pointed_at(client, body, pointer):
    answer = change(client, body)
    assert answer.status == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json["errors"]]


def test_only_managers_of_the_store_change_or_pause_it(client):
    assert change(client, {}, authorization=CLERK).status == 403
    assert pause(client, authorization=CLERK, reason="Busy").status == 403
    other = client.send(
        "POST", f"/v1/ops/stores/{NOODLES}/pause", {"reason": "x"}, authorization=MANAGER
    )
    assert other.status == 404


def test_staff_see_the_stores_that_they_work_at(client):
    items = client.send("GET", "/v1/ops/stores", authorization=CLERK).json["items"]
    assert [item["store_id"] for item in items] == [MARKET]
