"""The staff's list of orders over HTTP."""

from tests.factories import MARKET, order_body
from tests.http import GUEST_KEY
from tests.tokens import bearer

CLERK = bearer("staff-cy", "clerk", f"store:{MARKET}")


def numbers_on(client, status):
    path = f"/v1/ops/orders?store_id={MARKET}&status={status}"
    return [
        order["number"] for order in client.send("GET", path, authorization=CLERK).json["items"]
    ]


def test_open_means_every_order_that_can_still_move_on(client):
    first, second = (
        client.send(
            "POST", "/v1/orders", order_body(allow_duplicate=True), key=f"{GUEST_KEY}{n}"
        ).json
        for n in (1, 2)
    )
    client.send(
        "POST",
        f"/v1/orders/{first['order_id']}/cancel",
        {"reason": "changed my mind"},
        authorization=f"Guest {first['guest_token']}",
    )

    assert numbers_on(client, "open") == [second["number"]]
    assert numbers_on(client, "canceled") == [first["number"]]


def test_a_status_that_does_not_exist_is_refused(client):
    path = f"/v1/ops/orders?store_id={MARKET}&status=opened"
    answer = client.send("GET", path, authorization=CLERK)
    assert (answer.status, answer.code) == (422, "invalid_input")
