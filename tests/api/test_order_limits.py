"""How many orders a customer may place in a minute and leave unpaid."""

from datetime import UTC, datetime

from chalicelib.domain.allowances import window_of
from chalicelib.store.tables import CustomerItem
from tests.factories import MARKET, order_body
from tests.tokens import bearer

ANN, BEN = bearer("ann"), bearer("ben")
STAFF = bearer("staff-cleo", "clerk", f"store:{MARKET}")


def place(client, key, who=ANN):
    body = order_body(allow_duplicate=True)
    return client.send("POST", "/v1/orders", body, key=key, authorization=who)


def cancel(client, order, who=ANN):
    path = f"/v1/orders/{order.json['order_id']}/cancel"
    return client.send("POST", path, {}, authorization=who)


def used_up():
    """All of this minute, should another have begun since."""
    window = [CustomerItem.post_window.set(window_of(datetime.now(UTC))), CustomerItem.posts.set(5)]
    CustomerItem.get("ann", "allowance").update(actions=window)


def test_each_order_tells_what_is_left_of_the_minute(client, small_allowance):
    first, second = place(client, "k1"), place(client, "k2")

    assert first.headers["ratelimit-policy"] == '"orders";q=5;w=60'
    assert first.headers["ratelimit"].startswith('"orders";r=4;t=')
    assert second.headers["ratelimit"].startswith('"orders";r=3;t=')
    assert "ratelimit" not in place(client, "k2").headers, "a replay is not counted"


def test_one_unpaid_order_too_many_is_refused_until_one_is_canceled(client, small_allowance):
    orders = [place(client, f"k{n}") for n in range(3)]
    refused = place(client, "k3")

    assert (refused.status, refused.code) == (429, "too_many_unpaid_orders")
    assert refused.json["limit"] == 3
    assert int(refused.headers["retry-after"]) > 0
    assert client.send(
        "GET", "/v1/orders/by-key", key="k3", authorization=ANN
    ).status == 404, "nothing was written"  # fmt: skip
    assert place(client, "k0").status == 201, "a replay is no new order"
    assert place(client, "b0", BEN).status == 201, "another customer has their own allowance"
    assert cancel(client, orders[0]).status == 200
    assert place(client, "k3").status == 201, "the refused key can be used again"


def test_orders_beyond_the_minutes_share_are_refused(client, small_allowance):
    for n in range(5):
        order = place(client, f"k{n}")
        assert order.status == 201
        cancel(client, order)
    used_up()
    refused = place(client, "k5")

    assert (refused.status, refused.code) == (429, "order_rate_exceeded")
    assert refused.headers["ratelimit"].startswith('"orders";r=0;t=')
    assert 1 <= int(refused.headers["retry-after"]) <= 60


def test_the_next_minute_has_a_share_of_its_own(client, small_allowance):
    cancel(client, place(client, "k0"))
    item = CustomerItem.get("ann", "allowance")
    assert (item.posts, item.unpaid_orders) == (1, None)
    window = item.post_window
    item.update(actions=[CustomerItem.post_window.set(window - 1),
                         CustomerItem.posts.set(5)])  # fmt: skip

    assert place(client, "k1").headers["ratelimit"].startswith('"orders";r=4;')
    assert CustomerItem.get("ann", "allowance").post_window == window


def test_guests_have_no_allowance_that_could_run_out(client, small_allowance):
    for n in range(6):
        key = f"the-guests-own-long-key-{n}"
        assert client.send("POST", "/v1/orders", order_body(), key=key).status == 201
