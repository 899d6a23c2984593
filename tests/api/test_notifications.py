"""The inbox over HTTP."""

import pytest

from chalicelib.services import notifications
from chalicelib.store import order_events
from tests.channels.fake import FakeChannel
from tests.factories import CUSTOMER, NOW
from tests.services.confirmed import a_confirmed_order
from tests.tokens import bearer

ADA = bearer(CUSTOMER.id)
PATH = "/v1/me/notifications"


@pytest.fixture
def told(client):
    """A customer who was told of all that happened to one order."""
    _, order = a_confirmed_order(CUSTOMER)
    for version in (4, 1, 3):
        event, _ = order_events.load_event(order.order_id, version)
        notifications.deliver(event, NOW, FakeChannel)
    return order


def test_notifications_are_listed_newest_first_in_the_contracts_shape(client, told):
    answer = client.send("GET", PATH, authorization=ADA)
    assert answer.status == 200
    types = [entry["type"] for entry in answer.json["items"]]
    assert types == ["order.confirmed", "payment.captured", "order.placed"]
    assert answer.json["next_cursor"] is None
    newest = answer.json["items"][0]
    assert set(newest) == {
        "notification_id", "type", "order_id", "title", "body", "channels", "created_at", "read_at",
    }  # fmt: skip
    assert newest["order_id"] == told.order_id
    assert newest["read_at"] is None
    assert newest["created_at"] == "2026-11-22T09:30:00Z"
    assert [(one["channel"], one["outcome"]) for one in newest["channels"]] == [
        ("inbox", "delivered"),
        ("email", "sent"),
    ]


def test_pages_hold_each_notification_once(client, told):
    seen, cursor = [], ""
    for _ in range(4):
        page = client.send("GET", f"{PATH}?limit=1{cursor}", authorization=ADA).json
        seen += [entry["type"] for entry in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["order.confirmed", "payment.captured", "order.placed"]


def test_reading_marks_once(client, told):
    entry = client.send("GET", PATH, authorization=ADA).json["items"][0]
    path = f"{PATH}/{entry['notification_id']}/read"
    first = client.send("POST", path, authorization=ADA)
    assert first.status == 200
    assert first.json["read_at"] is not None
    assert client.send("POST", path, authorization=ADA).json["read_at"] == first.json["read_at"]
    listed = client.send("GET", PATH, authorization=ADA).json["items"][0]
    assert listed["read_at"] == first.json["read_at"]


def test_sending_again_does_not_unread(client, told):
    entry = client.send("GET", PATH, authorization=ADA).json["items"][0]
    client.send("POST", f"{PATH}/{entry['notification_id']}/read", authorization=ADA)
    notifications.send_again(told.order_id, 4, NOW)
    assert client.send("GET", PATH, authorization=ADA).json["items"][0]["read_at"] is not None


def test_another_customers_notification_is_not_found(client, told):
    entry = client.send("GET", PATH, authorization=ADA).json["items"][0]
    bob = bearer("cus-bob")
    assert client.send("GET", PATH, authorization=bob).json["items"] == []
    path = f"{PATH}/{entry['notification_id']}/read"
    answer = client.send("POST", path, authorization=bob)
    assert (answer.status, answer.code) == (404, "notification_not_found")


@pytest.mark.parametrize("bad", ["x", "ntf_nothing", "ntf_%23", "ntf_" + "0" * 200])
def test_an_unknown_notification_is_not_found(client, bad):
    answer = client.send("POST", f"{PATH}/{bad}/read", authorization=ADA)
    assert (answer.status, answer.code) == (404, "notification_not_found")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x"])
def test_a_bad_query_is_refused(client, query):
    assert client.send("GET", f"{PATH}?{query}", authorization=ADA).status == 422


def test_a_cursor_is_good_for_its_owner_alone(client, told):
    cursor = client.send("GET", f"{PATH}?limit=1", authorization=ADA).json["next_cursor"]
    answer = client.send("GET", f"{PATH}?cursor={cursor}", authorization=bearer("cus-bob"))
    assert answer.status == 400


def test_the_inbox_needs_an_account(client):
    assert client.send("GET", PATH).status == 401
