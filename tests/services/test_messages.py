"""What was sent to whom, and sending it once more."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.domain.alerts import Alert
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.messages import Wanted, masked
from chalicelib.services import alerts, messages, notifications, retelling
from chalicelib.services.messages import Position
from chalicelib.store import order_events
from chalicelib.store import orders as order_table
from tests.channels.fake import FakeChannel
from tests.factories import CUSTOMER, MANAGER, NOODLES, NOW
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import make_queues

FROM_AFAR = Caller(
    kind="staff", id="staff-far", roles=frozenset({"support"}), store_ids=frozenset({NOODLES})
)


@pytest.fixture
def channels() -> dict[str, FakeChannel]:
    return {name: FakeChannel(name) for name in ("email", "sms", "webhook")}


@pytest.fixture
def told(shop, channels):
    """Ada's order, paid; she was told of both."""
    event, order = a_confirmed_order(CUSTOMER)
    placed, _ = order_events.load_event(order.order_id, 1)
    for each in (placed, event):
        notifications.deliver(each, NOW, channels.__getitem__)
    return order


def listed(caller=MANAGER, start=Position(""), limit=50, **wanted):  # noqa: B008
    since = NOW - timedelta(days=1)
    return messages.list_messages(caller, Wanted(**wanted), since, NOW, limit, start)


def shown(page):
    return [(one.type, one.channel, one.outcome) for one in page.messages]


def test_an_orders_messages_say_where_they_went_and_how_that_ended(told):
    page = listed(order_id=told.order_id)
    assert set(shown(page)) == {
        ("order.confirmed", "inbox", "delivered"), ("order.confirmed", "email", "sent"),
        ("order.placed", "inbox", "delivered"), ("order.placed", "email", "superseded"),
    }  # fmt: skip
    assert {one.recipient for one in page.messages} == {"a***@example.com", "cus-ada"}
    assert page.position is None


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"recipient": "ada@example.com"}, 2),
        ({"recipient": "ADA@example.com", "outcome": "sent"}, 1),
        ({"recipient": "example.com"}, 2),
        ({"recipient": "amy@example.com"}, 0),
        ({"recipient": "cus-ada"}, 2),
        ({"recipient": "cus-bob"}, 0),
        ({"channel": "inbox"}, 2),
        ({"audience": "merchant"}, 0),
    ],
)
def test_a_list_can_be_narrowed_to_a_person_a_channel_or_an_outcome(told, wanted, count):
    assert len(listed(**wanted).messages) == count


def test_a_masked_address_is_found_as_it_is_shown_whatever_its_capitals(shop, channels):
    event, _ = a_confirmed_order(CUSTOMER, contact={"email": "Ada@Example.com"})
    notifications.deliver(event, NOW, channels.__getitem__)
    recipient = next(one.recipient for one in listed(channel="email").messages)
    assert len(listed(recipient=recipient).messages) == 1


def test_another_stores_messages_do_not_exist(told):
    assert listed(FROM_AFAR).messages == ()
    with pytest.raises(NotFound):
        listed(FROM_AFAR, order_id=told.order_id)


@pytest.mark.parametrize("limit", [1, 3, 4])
def test_pages_of_any_length_show_each_message_once_and_the_newest_order_first(
    told, channels, limit
):
    later = NOW + timedelta(seconds=1)
    event, second = a_confirmed_order(
        CUSTOMER, now=later, key="second", line_items=[{"sku": "milk", "quantity": 1}]
    )
    notifications.deliver(event, later, channels.__getitem__)
    found, start = [], Position("")
    while True:
        page = listed(start=start, limit=limit)
        found += page.messages
        if page.position is None:
            break
        start = page.position
    assert [one.order_id for one in found] == [second.order_id] * 2 + [told.order_id] * 4
    assert len({(one.message_id, one.channel) for one in found}) == 6


def test_calls_of_staff_are_listed_by_time_and_with_their_order(told, channels):
    call = Alert(
        alert_id="alt_1", title={"en": "t"}, text={"en": "x"}, channels=("email",), at=NOW,
        kind="order_not_returned", order_id=told.order_id, store_id=told.store_id,
    )  # fmt: skip
    alarm = msgspec.structs.replace(call, alert_id="alt_2", kind="sweep", order_id="", store_id="")
    for each in (call, alarm):
        alerts.deliver(each, NOW, channels.__getitem__)
    calls = listed(audience="staff").messages
    assert {(one.type, one.outcome) for one in calls} == {
        ("order_not_returned", "sent"), ("sweep", "sent"),
    }  # fmt: skip
    assert [one.type for one in listed(FROM_AFAR, audience="staff").messages] == ["sweep"]
    of_order = listed(order_id=told.order_id, audience="staff").messages
    assert [one.message_id for one in of_order] == ["alt_1"]


def again(order, channels, version=1, channel="email", now=NOW):
    return retelling.send_again(
        MANAGER, order.order_id, version, channel, now, channels.__getitem__
    )


def test_a_message_sent_again_goes_out_once_a_minute_and_is_on_record(told, channels):
    for _ in range(3):
        assert again(told, channels).outcome == "sent"
    assert len(channels["email"].sent) == 2
    again(told, channels, now=NOW + retelling.AT_MOST_EVERY)
    assert len(channels["email"].sent) == 3
    details = [one.detail for one in listed(order_id=told.order_id).messages]
    assert details.count("sent again") == 2


def test_a_customer_who_was_not_reached_is_reached_by_hand(shop, channels):
    event, order = a_confirmed_order(CUSTOMER)
    channels["email"].refuses = True
    notifications.deliver(event, NOW, channels.__getitem__)
    assert listed(order_id=order.order_id, outcome="failed").messages != ()
    channels["email"].refuses = False
    assert again(order, channels, event.version, "sms").outcome == "sent"
    assert channels["sms"].sent[0].to == "+8613800138000"
    [receipt] = [one for one in messages.receipts.list_receipts(order.order_id) if one.sends]
    assert receipt.outcome == "delivered"


def test_what_cannot_be_sent_again_says_why(told, channels, shop):
    channels["email"].down = True
    with pytest.raises(Unavailable):
        again(told, channels)
    channels["email"].down = False
    assert again(told, channels).outcome == "sent"
    with pytest.raises(NotFound):
        again(told, channels, version=99)
    _, order = a_confirmed_order(CUSTOMER, key="no contact", contact={}, allow_duplicate=True)
    version = order_table.load_order(order.order_id).version
    with pytest.raises(NotFound, match="no such message"):
        again(order, channels, version)
    make_queues()
    notifications.deliver(
        order_events.load_event(order.order_id, version)[0], NOW, channels.__getitem__
    )
    with pytest.raises(Conflict):
        again(order, channels, version, "sms")


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("ada@example.com", "a***@example.com"),
        ("+8613800138000", "+86…8000"),
        ("+12345", "…"),
        ("", "…"),
    ],
)
def test_an_address_in_a_list_is_no_address(address, seen):
    assert masked(address) == seen
