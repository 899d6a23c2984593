"""Telling customers: once, through what they wish, whatever fails in between."""

import random
from datetime import timedelta

import msgspec
import pytest

from chalicelib.domain.errors import Malformed, Unavailable
from chalicelib.domain.identity import ANONYMOUS
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.profiles import Preferences, Profile
from chalicelib.domain.quiet_hours import QuietHours
from chalicelib.domain.receipts import CUSTOMER_EVENTS
from chalicelib.services import fulfillment, inbox, notifications, orders
from chalicelib.store import order_events, receipts
from chalicelib.store.orders import load_file
from chalicelib.store.profiles import save_preferences, save_profile
from chalicelib.store.tables import OrderItem
from tests.channels.fake import FakeChannel
from tests.factories import CLERK, CUSTOMER, NOW, an_order_request
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import make_queues, sweep_at


@pytest.fixture
def channels() -> dict[str, FakeChannel]:
    return {name: FakeChannel(name) for name in ("email", "sms")}


def place(caller=CUSTOMER, language="en", **overrides) -> tuple[OrderEvent, Order]:
    overrides = {"contact": {"email": "ada@example.com", "phone": "+8613800138000"}, **overrides}
    placed = orders.place(
        an_order_request(**overrides), caller, "a-key-long-enough-for-guests", language=language,
        now=NOW,
    )  # fmt: skip
    return order_events.load_event(placed.file.order.order_id, 1)


def deliver(event, channels, now=NOW):
    notifications.deliver(event, now, channels.__getitem__)


def receipt_of(event):
    return receipts.find_receipt(event.order_id, "customer", event.version)


def entry_of(customer_id="cus-ada"):
    return inbox.list_inbox(customer_id, 10)[0]


def outcomes(customer_id="cus-ada"):
    return {one.channel: one.outcome for one in entry_of(customer_id).channels}


def wish(**wishes):
    save_preferences("cus-ada", msgspec.structs.replace(Preferences(version=1), **wishes))


def test_a_placed_order_reaches_inbox_and_mailbox(shop, channels):
    event, order = place()
    deliver(event, channels)
    entry = entry_of()
    assert entry.type == "order.placed"
    assert entry.title == f"Order {order.number} received"
    assert outcomes() == {"inbox": "delivered", "email": "sent"}
    (mail,) = channels["email"].sent
    assert mail.to == "ada@example.com"
    assert mail.message_id == entry.notification_id
    assert f"/#/o/{order.order_id}" in mail.text
    assert "?t=" not in mail.text
    assert receipt_of(event).outcome == "delivered"


@pytest.mark.parametrize("copies", [2, 5])
def test_any_number_of_deliveries_is_one_entry_and_one_mail(shop, channels, copies):
    event, _ = place()
    for _ in range(copies):
        deliver(event, channels, NOW + timedelta(hours=1))
    assert len(inbox.list_inbox("cus-ada", 10)) == 1
    assert len(channels["email"].sent) == 1


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_repetition_of_a_lifes_events_fills_the_same_inbox(shop, channels, seed):
    chance = random.Random(seed)
    _, order = a_confirmed_order(CUSTOMER)
    for act in ("accept", "prepare", "ready", "complete"):
        file = fulfillment.perform(order.order_id, act, CLERK, NOW, lambda _: None)
    told = [event for event in load_file(order.order_id).events if event.type in CUSTOMER_EVENTS]
    arrivals = told + chance.choices(told, k=len(told))
    chance.shuffle(arrivals)
    for event in arrivals:
        deliver(event, channels, NOW + timedelta(hours=1))
    assert file.order.status == "completed"
    assert sorted(entry.type for entry in inbox.list_inbox("cus-ada", 50)) == sorted(
        event.type for event in told
    )
    ids = [mail.message_id for mail in channels["email"].sent]
    assert len(ids) == len(set(ids)) == 2  # the receipt of the payment, and that it is done
    assert {r.outcome for r in receipts.list_receipts(order.order_id)} == {
        "delivered",
        "superseded",
    }


def test_a_mail_service_that_is_down_is_tried_again_until_it_is_not(shop, channels):
    event, _ = place()
    channels["email"].down = True
    with pytest.raises(Unavailable):
        deliver(event, channels)
    assert outcomes()["email"] == "pending"
    assert receipt_of(event).outcome == "pending"
    channels["email"].down = False
    deliver(event, channels, receipt_of(event).next_attempt_at)
    assert outcomes()["email"] == "sent"
    assert receipt_of(event).outcome == "delivered"
    assert len(channels["email"].sent) == 1


def test_nobody_sends_while_another_one_holds_the_claim(shop, channels):
    event, _ = place()
    channels["email"].killed_after = True
    with pytest.raises(KeyboardInterrupt):
        deliver(event, channels)
    channels["email"].killed_after = False
    with pytest.raises(Unavailable):
        deliver(event, channels, NOW + timedelta(seconds=1))
    assert len(channels["email"].sent) == 1


def test_a_kill_between_send_and_mark_costs_one_extra_copy_at_most(shop, channels):
    event, _ = place()
    channels["email"].killed_after = True
    with pytest.raises(KeyboardInterrupt):
        deliver(event, channels)
    channels["email"].killed_after = False
    later = NOW + notifications.LEASE
    for _ in range(3):
        deliver(event, channels, later)
    assert len(channels["email"].sent) == 2
    assert {mail.message_id for mail in channels["email"].sent} == {entry_of().notification_id}


def test_a_channel_that_succeeded_is_not_used_again_for_the_sake_of_another(shop, channels):
    wish(channels={"orders": ("email", "sms")})
    _event, order = a_confirmed_order(CUSTOMER)
    fulfillment_event = _prepare_and_ready(order)
    channels["sms"].down = True
    with pytest.raises(Unavailable):
        deliver(fulfillment_event, channels)
    channels["sms"].down = False
    deliver(fulfillment_event, channels, NOW + timedelta(minutes=2))
    assert len(channels["email"].sent) == len(channels["sms"].sent) == 1
    assert outcomes() == {"inbox": "delivered", "email": "sent", "sms": "sent"}


def test_an_address_that_is_refused_is_given_up_and_said_so(shop, channels):
    event, _ = place()
    channels["email"].refuses = True
    deliver(event, channels)
    assert outcomes()["email"] == "failed"
    assert receipt_of(event).outcome == "given_up"
    deliver(event, channels, NOW + timedelta(hours=1))
    assert channels["email"].sent == []


def test_whoever_wants_no_mail_gets_none_but_the_inbox(shop, channels):
    wish(channels={"orders": ()})
    event, _ = place()
    deliver(event, channels)
    assert outcomes() == {"inbox": "delivered"}
    assert channels["email"].sent == []
    assert receipt_of(event).outcome == "delivered"


def test_quiet_hours_leave_the_inbox_alone_in_use(shop, channels):
    wish(quiet_hours=QuietHours(start="17:00", end="08:00", time_zone="Asia/Shanghai"))
    event, _ = place()
    deliver(event, channels)
    assert outcomes() == {"inbox": "delivered"}
    assert receipt_of(event).outcome == "delivered"


def test_the_profile_is_asked_where_the_order_names_no_contact(shop, channels):
    save_profile(Profile(customer_id="cus-ada", email="profile@example.com", version=1))
    event, _ = place(contact={})
    deliver(event, channels)
    assert channels["email"].sent[0].to == "profile@example.com"


def test_news_that_is_out_of_date_enters_the_inbox_and_bothers_nobody(shop, channels):
    confirmed, order = a_confirmed_order(CUSTOMER)
    placed, _ = order_events.load_event(order.order_id, 1)
    deliver(placed, channels)
    assert outcomes() == {"inbox": "delivered", "email": "superseded"}
    assert channels["email"].sent == []
    assert receipt_of(placed).outcome == "superseded"
    deliver(confirmed, channels)
    assert [mail.subject for mail in channels["email"].sent] == [f"Order {order.number} confirmed"]


def test_news_that_went_out_of_date_while_waiting_is_marked_so(shop, channels):
    event, order = place()
    channels["email"].down = True
    with pytest.raises(Unavailable):
        deliver(event, channels)
    channels["email"].down = False
    a_confirmed_order(CUSTOMER, order.order_id)
    deliver(event, channels, NOW + timedelta(minutes=2))
    assert outcomes()["email"] == "superseded"
    assert receipt_of(event).outcome == "superseded"
    assert channels["email"].sent == []


def test_a_guest_gets_a_link_that_opens_their_order_and_no_other(shop, channels):
    event, order = place(ANONYMOUS)
    deliver(event, channels)
    (mail,) = channels["email"].sent
    link = next(line for line in mail.text.splitlines() if "/#/o/" in line)
    token = link.partition("?t=")[2]
    from chalicelib.services import guests

    assert guests.order_of(token) == order.order_id
    assert receipt_of(event).outcome == "delivered"


def test_a_guest_who_left_no_address_still_leaves_a_receipt(shop, channels):
    event, _ = place(ANONYMOUS, contact={})
    deliver(event, channels)
    assert receipt_of(event).outcome == "not_applicable"
    assert channels["email"].sent == channels["sms"].sent == []


def test_no_phone_rings_for_an_order_that_nobody_confirmed(shop, channels):
    _event, order = place(ANONYMOUS, contact={"phone": "+8613800138000"})
    from chalicelib.services import cancellations

    cancellations.cancel(order.order_id, "changed my mind", _guest(order), NOW, lambda _: None)
    canceled, _ = order_events.load_event(order.order_id, 2)
    deliver(canceled, channels)
    assert channels["sms"].sent == []


def test_a_guest_who_left_a_phone_alone_hears_of_trouble_and_of_refunds(shop, channels):
    _, order = a_confirmed_order(ANONYMOUS, contact={"phone": "+8613800138000"})
    make_queues()
    sweep_at(121)
    events = load_file(order.order_id).events
    [told] = [one for one in events if "customer_message" in one.data]
    deliver(told, channels)
    [text] = channels["sms"].sent
    assert order.number in text.text
    assert "has not answered yet" in text.text
    assert order.order_id in text.links[0]


def test_a_mail_speaks_the_orders_language_and_lists_what_was_ordered(shop, channels):
    event, order = place(language="zh-CN")
    deliver(event, channels)
    (mail,) = channels["email"].sent
    assert mail.subject == f"订单 {order.number} 已提交"
    assert "2 × 商品apple" in mail.text
    assert "合计" in mail.text


def test_what_is_no_event_is_poison():
    for body in ("", "{}", '{"type": 3}', "nonsense"):
        with pytest.raises(Malformed):
            notifications.read_event(body)


def test_bus_messages_carry_no_personal_data(shop, channels):
    event, _order = place(note="ring twice")
    text = msgspec.json.encode(event).decode()
    for private in ("ada@example.com", "13800138000", "ring twice"):
        assert private not in text


def test_receipts_stay_out_of_the_timeline(shop, channels):
    event, order = place()
    deliver(event, channels)
    assert len(load_file(order.order_id).events) == 1
    assert [r.consumer for r in receipts.list_receipts(order.order_id)] == ["customer"]
    kept = OrderItem.get(order.order_id, "~receipt#customer#000001")
    assert "ada@example.com" not in kept.data


def _prepare_and_ready(order: Order) -> OrderEvent:
    for act in ("accept", "prepare", "ready"):
        file = fulfillment.perform(order.order_id, act, CLERK, NOW, lambda _: None)
    return file.events[-1]


def _guest(order: Order):
    from chalicelib.domain.identity import Caller

    return Caller(kind="guest", id="guest", order_id=order.order_id)
