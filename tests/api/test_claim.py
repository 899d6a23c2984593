"""Guests' tokens: good for one order alone, and the way of that order into an account."""

import pytest

from tests.factories import MARKET, order_body
from tests.http import GUEST_KEY
from tests.tokens import bearer

ADA, BOB = bearer("cus-ada"), bearer("cus-bob")


def place(client, number=1):
    answer = client.send("POST", "/v1/orders", order_body(), key=f"{GUEST_KEY}{number}")
    assert answer.status == 201
    return answer.json


def claim(client, order_id, token, authorization=ADA):
    return client.send(
        "POST",
        f"/v1/orders/{order_id}/claim",
        {"guest_token": token},
        authorization=authorization,
    )


def test_a_guests_order_goes_into_the_account_of_who_holds_its_token(client):
    order = place(client)
    claimed = claim(client, order["order_id"], order["guest_token"])
    assert claimed.status == 200
    assert claimed.json["customer_id"] == "cus-ada"
    assert claimed.json["events"][-1]["type"] == "order.claimed"
    assert claimed.json["version"] == order["version"] + 1
    mine = client.send("GET", "/v1/orders", authorization=ADA).json["items"]
    assert [o["order_id"] for o in mine] == [order["order_id"]]


def test_the_guests_own_replay_still_tells_the_token(client):
    order = place(client)
    claim(client, order["order_id"], order["guest_token"])
    assert place(client)["guest_token"] == order["guest_token"]


def test_claiming_twice_is_one_claim(client):
    order = place(client)
    first = claim(client, order["order_id"], order["guest_token"]).json
    assert claim(client, order["order_id"], order["guest_token"]).json == first


def test_an_order_of_one_account_cannot_be_claimed_by_another(client):
    order = place(client)
    claim(client, order["order_id"], order["guest_token"])
    refused = claim(client, order["order_id"], order["guest_token"], BOB)
    assert (refused.status, refused.code) == (409, "not_claimable")


def test_another_orders_token_claims_nothing(client):
    mine, other = place(client, 1), place(client, 2)
    refused = claim(client, other["order_id"], mine["guest_token"])
    assert (refused.status, refused.code) == (404, "order_not_found")
    seen = client.send(
        "GET", f"/v1/orders/{other['order_id']}", authorization=f"Guest {other['guest_token']}"
    )
    assert seen.json["customer_id"] is None


@pytest.mark.parametrize("token", ["x", "1.ord_x.y", "1..", "é"])
def test_a_forged_token_claims_nothing(client, token):
    order = place(client)
    assert claim(client, order["order_id"], token).status == 404


def test_a_guest_must_sign_in_to_claim(client):
    order = place(client)
    guest = f"Guest {order['guest_token']}"
    assert claim(client, order["order_id"], order["guest_token"], guest).status == 401


def test_a_guests_token_opens_its_own_order_and_no_other(client):
    mine, other = place(client, 1), place(client, 2)
    guest = f"Guest {mine['guest_token']}"
    assert client.send("GET", f"/v1/orders/{mine['order_id']}", authorization=guest).status == 200
    assert client.send("GET", f"/v1/orders/{other['order_id']}", authorization=guest).status == 404


@pytest.mark.parametrize(
    "header",
    [
        "Guest",
        "Guest ",
        "Guest x",
        "Guest 1.ord_x.y",
        "Basic YTpi",
        "Bearer",
        "Bearer ",
        "x y z",
        "",
    ],
)
def test_a_header_that_proves_nothing_is_refused(client, header):
    answer = client.send("GET", f"/v1/orders?store_id={MARKET}", authorization=header)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
