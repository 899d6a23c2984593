"""Bounces, held messages and repeats, killed at any call: on record once told, told once.

A send alone may be doubled, and only by a death between it and its mark.
"""

from datetime import timedelta

import pytest

from chalicelib.config import settings
from chalicelib.domain.alerts import Alert
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.merchant_deliveries import Endpoint
from chalicelib.services import (
    alerts,
    fulfillment,
    inbox,
    mail_feedback,
    merchant_deliveries,
    merchant_mail,
    notifications,
    retelling,
)
from chalicelib.store import endpoints, order_events, receipts, suppressions
from chalicelib.store import messages as records
from chalicelib.store.tables import OperationItem
from tests.factories import CLERK, CUSTOMER, MANAGER, MARKET, NOW
from tests.reliability.crashes import Calls, Killed, points, watched
from tests.reliability.test_delivery_crashes import VISIBLE_AGAIN, CountedChannel, forgotten
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import make_queues, messages
from tests.services.test_mail_feedback import feedback

BOUNCES = {"email": "ada@bounce.example", "phone": "+8613800138000"}


@pytest.fixture
def channels(shop):
    make_queues()
    return {name: CountedChannel(name) for name in ("email", "sms")}


def everywhere(prepare, act, channels, again=VISIBLE_AGAIN):
    """Kill `act(subject, now)` at each of its calls, and let it come again twice.

    Before a call is where the one before left it, so only the first is killed on both sides. Yields
    what `prepare` made, how many copies are right at most (two where the death fell between a send
    and the end), and the death.
    """
    rehearsal = Calls()
    stopped(rehearsal, act, prepare(), channels)
    sent_at = rehearsal.names.index("Send") if "Send" in rehearsal.names else rehearsal.count
    for number, moment in points(rehearsal):
        if number and moment == "before":
            continue
        subject = prepare()
        for one in channels.values():
            one.sent.clear()
        with pytest.raises(Killed):
            stopped(Calls(number, moment), act, subject, channels)
        for tries in (1, 2):
            act(subject, NOW + again * tries)
        unmarked = number > sent_at or (number, moment) == (sent_at, "after")
        yield subject, 2 if unmarked else 1, f"{moment} {number} {rehearsal.names[number]}"


def stopped(calls, act, subject, channels):
    for one in channels.values():
        one.calls = calls
    try:
        with watched(calls):
            act(subject, NOW)
    finally:
        for one in channels.values():
            one.calls = None


def anew(*events):
    """As if nobody had been told of these: for the next point on the same orders."""
    for event in events:
        for consumer in ("customer", "merchant"):
            forgotten(event.order_id, consumer, event.version)
    tomorrow = rfc3339(NOW + timedelta(days=1))
    for position, message in list(records.messages_between(NOW - timedelta(days=1), tomorrow)):
        OperationItem(f"message#{message.message_id}", position.rpartition("#")[2]).delete()
    suppressions.lift(BOUNCES["email"])


def find(event, consumer="customer"):
    return receipts.find_receipt(event.order_id, consumer, event.version)


def test_a_bounce_of_a_customers_mail(channels):
    event, _ = a_confirmed_order(CUSTOMER, contact=BOUNCES)

    def told():
        anew(event)
        notifications.deliver(event, NOW, channels.__getitem__)
        return feedback(channels["email"].sent[-1])

    def act(body, now):
        mail_feedback.take(body, now, channels.__getitem__)

    for _, copies, died in everywhere(told, act, channels):
        receipt = find(event)
        assert receipt.outcome == "delivered", died
        states = {one.channel: one.outcome for one in receipt.sends}
        assert states == {"email": "bounced", "sms": "sent"}, died
        [entry] = inbox.list_inbox(CUSTOMER.id, 9)
        assert {one.channel: one.outcome for one in entry.channels}["email"] == "bounced", died
        assert suppressions.find_suppression(BOUNCES["email"]) is not None, died
        assert 1 <= len(channels["sms"].sent) <= copies, died
        assert len({one.message_id for one in channels["sms"].sent}) == 1


def test_a_bounce_of_a_merchants_mail(channels):
    event, order = a_confirmed_order(CUSTOMER)

    def told():
        anew(event)
        merchant_deliveries.deliver(event, NOW)
        assert merchant_mail.mail_merchant(order, "not_accepted", NOW, channels["email"]) == "sent"
        return channels["email"].sent[-1]

    def act(mail, now):
        mail_feedback.take(feedback(mail), now, channels.__getitem__)

    for mail, _, died in everywhere(told, act, channels):
        assert find(event, "merchant").outcome == "bounced", died
        record = records.find_message(mail.tags["message"], mail.tags["key"])
        assert record.outcome == "bounced", died


def test_a_bounce_of_a_call_of_staff(channels):
    def called():
        anew()
        messages("ops-alerts")
        call = Alert(
            alert_id="alt_1", title={"en": "t"}, text={"en": "x"}, channels=("email",), at=NOW
        )
        alerts.deliver(call, NOW, channels.__getitem__)
        return feedback(channels["email"].sent[-1])

    def act(body, now):
        mail_feedback.take(body, now, channels.__getitem__)

    for _, _, died in everywhere(called, act, channels):
        assert len({one["alert_id"] for one in messages("ops-alerts")}) == 1, died


@pytest.fixture
def one_an_hour(monkeypatch):
    monkeypatch.setenv("DOCKET_MAILS_PER_HOUR", "1")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def accepted(key):
    """An order that the store has just accepted: news that can wait."""
    _, order = a_confirmed_order(CUSTOMER, key=key, allow_duplicate=True)
    fulfillment.perform(order.order_id, "accept", CLERK, NOW, lambda _: None)
    version = fulfillment.orders.load_for_staff(CLERK, order.order_id).order.version
    return order_events.load_event(order.order_id, version)[0]


def test_what_was_held_and_goes_out_with_the_next_mail(channels, one_an_hour):
    """The first is sent, two are held: an hour later one mail tells of both."""
    events = [accepted(key) for key in ("first", "second", "third")]
    held = events[1:]
    hour = timedelta(hours=1, seconds=1)

    def prepared():
        anew(*events)
        for event in events:
            notifications.deliver(event, NOW - hour, channels.__getitem__)
        assert [find(event).outcome for event in events] == ["delivered", "pending", "pending"]

    def act(_, now):
        for event in held:
            notifications.deliver(event, now, channels.__getitem__)

    for _, copies, died in everywhere(prepared, act, channels, again=hour):
        assert {find(event).outcome for event in held} == {"delivered"}, died
        mails = channels["email"].sent
        assert 1 <= len(mails) <= copies, died
        wanted = {event.order_id for event in held}
        entries = [one for one in inbox.list_inbox(CUSTOMER.id, 9) if one.order_id in wanted]
        assert len(entries) == 2
        for entry in entries:
            assert any(entry.body in mail.text for mail in mails), died
            assert {one.channel: one.outcome for one in entry.channels}["email"] == "sent", died


def test_sending_a_customers_message_again(channels):
    event, order = a_confirmed_order(CUSTOMER)

    def told():
        anew(event)
        notifications.deliver(event, NOW, channels.__getitem__)

    def act(_, now):
        # Asked for once more within the minute, after the lease of whoever was killed.
        moment = NOW.replace(second=0 if now == NOW else 45)
        retelling.send_again(
            MANAGER, order.order_id, event.version, "email", moment, channels.__getitem__
        )

    for _, copies, died in everywhere(told, act, channels):
        assert 1 <= len(channels["email"].sent) <= copies, died
        assert len({mail.message_id for mail in channels["email"].sent}) == 1, died
        assert find(event).outcome == "delivered", died


def test_sending_to_the_merchant_again(shop):
    """Asked for once; what was cut short is the queue's and the sweep's."""
    endpoints.save_endpoint(
        Endpoint(
            store_id=MARKET, url="https://merchant.example.com/", secret="whsec_c2VjcmV0",
            created_at=NOW, updated_at=NOW,
        )
    )  # fmt: skip
    event, order = a_confirmed_order(CUSTOMER)
    channels = {"webhook": CountedChannel("webhook")}

    def told():
        anew(event)
        merchant_deliveries.deliver(event, NOW, channels["webhook"])

    def act(_, now):
        if now == NOW:
            merchant_deliveries.send_again(order.order_id, event.version, now, channels["webhook"])
        else:
            merchant_deliveries.deliver(event, now, channels["webhook"])

    for _, copies, died in everywhere(told, act, channels):
        assert find(event, "merchant").outcome == "delivered", died
        assert len(channels["webhook"].sent) <= copies, died
