"""How much a person is told at once: urgent news passes, what can wait goes out together."""

from datetime import timedelta

import pytest

from chalicelib.config import settings
from chalicelib.domain.identity import ANONYMOUS
from chalicelib.services import fulfillment, inbox, notifications, pacing
from chalicelib.store import order_events, receipts
from tests.channels.fake import FakeChannel
from tests.factories import CLERK, CUSTOMER, NOW
from tests.services.confirmed import a_confirmed_order

HOUR = timedelta(hours=1)


@pytest.fixture
def channels(shop, monkeypatch):
    monkeypatch.setenv("DOCKET_MAILS_PER_HOUR", "2")
    settings.cache_clear()
    yield {name: FakeChannel(name) for name in ("email", "sms")}
    monkeypatch.undo()
    settings.cache_clear()


def deliver(event, channels, now=NOW):
    notifications.deliver(event, now, channels.__getitem__)


def receipt_of(event):
    return receipts.find_receipt(event.order_id, "customer", event.version)


def accepted(n, caller=CUSTOMER, **overrides):
    """An order that the store has just accepted: news that can wait."""
    key = f"a-key-long-enough-for-guests-{n}"
    _, order = a_confirmed_order(caller, key=key, allow_duplicate=True, **overrides)
    fulfillment.perform(order.order_id, "accept", CLERK, NOW, lambda _: None)
    version = fulfillment.orders.load_for_staff(CLERK, order.order_id).order.version
    return order_events.load_event(order.order_id, version)[0]


def test_what_can_wait_is_held_above_the_limit_and_then_goes_out_as_one_mail(channels):
    events = [accepted(n) for n in range(5)]
    for event in events:
        deliver(event, channels)
    assert len(channels["email"].sent) == 2
    held = [event for event in events if receipt_of(event).outcome == "pending"]
    assert [receipt_of(event).next_attempt_at for event in held] == [NOW + pacing.WINDOW] * 3
    for event in held:
        deliver(event, channels, NOW + HOUR + timedelta(seconds=1))
    assert len(channels["email"].sent) == 3
    titles = [one.title for one in inbox.list_inbox("cus-ada", 50)]
    assert sum(title in channels["email"].sent[-1].text for title in titles) == 3
    assert {receipt_of(event).outcome for event in events} == {"delivered"}


def test_what_is_held_waits_for_the_sweep_and_not_for_the_queue(channels):
    for n in range(3):
        event = accepted(n)
        for _ in range(2):
            deliver(event, channels)
    assert receipt_of(event).next_attempt_at == NOW + pacing.WINDOW
    assert pacing.limit_of("email") == len(channels["email"].sent)


def test_money_and_urgent_news_always_pass(channels):
    for n in range(2):
        deliver(accepted(n), channels)
    for n in range(2, 5):
        event, _ = a_confirmed_order(CUSTOMER, key=f"paid {n}", allow_duplicate=True)
        deliver(event, channels)
    assert len(channels["email"].sent) == 5


def test_a_guests_address_cannot_be_flooded(channels):
    contact = {"email": "victim@example.com"}
    events = [accepted(n, ANONYMOUS, contact=contact) for n in range(4)]
    for event in events:
        deliver(event, channels)
    assert len(channels["email"].sent) == 2
    for event in events:
        deliver(event, channels, NOW + HOUR)
    assert len(channels["email"].sent) == 4


def test_the_same_words_to_the_same_person_are_sent_once(channels, monkeypatch):
    event = accepted(1)
    deliver(event, channels)
    [told] = [one for one in inbox.list_inbox("cus-ada", 9) if one.type == "order.accepted"]
    later = NOW + timedelta(minutes=5)
    again = type(told)(
        notification_id="ntf_zz", type=told.type, order_id=told.order_id, title=told.title,
        body=told.body, channels=(), created_at=later,
    )  # fmt: skip
    assert pacing.of_customer("cus-ada", again, "email", later).verdict == "repeated"
    much_later = NOW + pacing.SAME_WITHIN
    assert pacing.of_customer("cus-ada", again, "email", much_later).verdict == "send"
