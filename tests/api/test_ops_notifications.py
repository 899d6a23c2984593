"""What was sent to whom, over HTTP: who may look, what is filtered, sending again."""

from urllib.parse import urlencode

import pytest

from chalicelib.services import notifications, orders
from chalicelib.services.messages import ORDERS_MAX
from tests.channels.fake import FakeChannel
from tests.factories import CUSTOMER, MARKET, NOODLES, NOW, an_order_request
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import make_queues
from tests.tokens import bearer

PATH = "/v1/ops/notifications"
SUPPORT = bearer("staff-sue", "support", f"store:{MARKET}")
AFAR = bearer("staff-far", "support", f"store:{NOODLES}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
SINCE = {"since": "2026-11-21T00:00:00Z"}


@pytest.fixture
def told(client):
    make_queues()
    event, order = a_confirmed_order(CUSTOMER)
    channels = {name: FakeChannel(name) for name in ("email", "sms")}
    notifications.deliver(event, NOW, channels.__getitem__)
    return event, order


def read(client, authorization=SUPPORT, **query):
    path = f"{PATH}?{urlencode({**SINCE, **query})}"
    return client.send("GET", path, authorization=authorization)


def test_support_reads_what_was_sent_page_by_page(client, told):
    first = read(client, limit="1")
    assert [one["channel"] for one in first.json["items"]] == ["inbox"]
    second = read(client, limit="1", cursor=first.json["next_cursor"])
    [mail] = second.json["items"]
    assert (mail["channel"], mail["outcome"], mail["recipient"]) == (
        "email", "sent", "a***@example.com",
    )  # fmt: skip
    assert "ada@" not in second.text
    assert second.json["next_cursor"] is None
    other_list = read(client, limit="1", channel="email", cursor=first.json["next_cursor"])
    assert other_list.status == 400


def test_other_stores_and_other_roles_see_nothing(client, told):
    _, order = told
    assert read(client, AFAR).json["items"] == []
    assert read(client, AFAR, order_id=order.order_id).status == 404
    assert read(client, CLERK).status == 403


@pytest.mark.parametrize("query", [{"outcome": "lost"}, {"audience": "all"}, {"limit": "0"}])
def test_a_filter_that_does_not_exist_is_refused(client, query):
    assert read(client, **query).status == 422


def test_a_message_is_sent_again_by_mail(client, told):
    event, order = told
    path = f"/v1/ops/orders/{order.order_id}/notifications/send-again"
    body = {"event_version": event.version, "channel": "email"}
    assert client.send("POST", path, body, authorization=AFAR).status == 404
    assert client.send("POST", path, body, authorization=CLERK).status == 403
    answer = client.send("POST", path, body, authorization=SUPPORT)
    assert (answer.status, answer.json["outcome"]) == (200, "sent")
    gone = client.send("POST", path, {**body, "channel": "webhook"}, authorization=SUPPORT)
    assert (gone.status, gone.code) == (404, "endpoint_not_found")


def test_more_orders_than_one_page_looks_at_are_all_reached(client, told):
    for n in range(ORDERS_MAX + 1):
        wish = an_order_request(allow_duplicate=True)
        placed = orders.place(wish, CUSTOMER, f"many {n}", language="en", now=NOW).file
        notifications.deliver(placed.events[0], NOW, {"email": FakeChannel()}.__getitem__)
    reached, cursor = set(), None
    for _ in range(10):
        page = read(client, limit="100", **({"cursor": cursor} if cursor else {}))
        reached |= {one["order_id"] for one in page.json["items"]}
        cursor = page.json["next_cursor"]
        if cursor is None:
            break
    assert len(reached) == ORDERS_MAX + 2
