"""Mails that come back: the address rests, the truth is on record, another way is tried."""

import json
from pathlib import Path

import msgspec
import pytest

from chalicelib.domain.alerts import Alert
from chalicelib.domain.errors import Conflict, Malformed
from chalicelib.domain.profiles import Preferences, Profile
from chalicelib.services import (
    alerts,
    cancellations,
    evidence,
    inbox,
    mail_feedback,
    merchant_deliveries,
    merchant_mail,
    messages,
    notifications,
    profile,
    retelling,
    rules,
)
from chalicelib.services.messages import Position
from chalicelib.store import order_events, receipts, suppressions
from chalicelib.store.profiles import save_preferences, save_profile
from tests.channels.fake import FakeChannel
from tests.factories import CUSTOMER, MANAGER, NOW
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import make_queues
from tests.services.sweeping import messages as queued

SAMPLE = Path(__file__).parents[2] / "events" / "sqs_mail_feedback_bounce.json"


@pytest.fixture
def channels() -> dict[str, FakeChannel]:
    make_queues()
    return {name: FakeChannel(name) for name in ("email", "sms")}


def told(channels, **contact):
    event, order = a_confirmed_order(CUSTOMER, contact=contact)
    notifications.deliver(event, NOW, channels.__getitem__)
    return event, order


def feedback(mail, kind="Bounce", **about):
    """What SES says of a mail that was sent, with the tags that it was sent with."""
    tags = {name: [value] for name, value in mail.tags.items()}
    recipient = {"emailAddress": mail.to, "diagnosticCode": "550 user unknown"}
    verdicts = {
        "Bounce": {"bounceType": "Permanent", "bouncedRecipients": [recipient]},
        "Complaint": {"complainedRecipients": [{"emailAddress": mail.to}]},
    }
    told = {**verdicts[kind], **about}
    return json.dumps({"eventType": kind, kind.casefold(): told, "mail": {"tags": tags}})


def take(channels, kind="Bounce", times=1, **about):
    body = feedback(channels["email"].sent[-1], kind, **about)
    for _ in range(times):
        mail_feedback.take(body, NOW, channels.__getitem__)


def receipt_of(event):
    return receipts.find_receipt(event.order_id, "customer", event.version)


def found(order):
    thresholds = rules.current_thresholds(NOW)
    known = evidence.load(order.order_id, thresholds)
    return evidence.find("notification_failed", known, thresholds, NOW)


def test_a_bounce_is_on_the_receipt_in_the_inbox_and_found_by_the_rule(shop, channels):
    event, order = told(channels, email="ada@bounce.example")
    assert found(order) is None
    take(channels, times=2)
    assert receipt_of(event).outcome == "bounced"
    entry = inbox.list_inbox("cus-ada", 1)[0]
    assert {one.channel: one.outcome for one in entry.channels}["email"] == "bounced"
    assert found(order) is not None
    assert suppressions.find_suppression("ADA@bounce.example").detail == "550 user unknown"


def test_a_text_message_takes_the_mails_place_once(shop, channels):
    event, order = told(channels, email="ada@bounce.example", phone="+8613800138000")
    take(channels, times=3)
    assert [one.to for one in channels["sms"].sent] == ["+8613800138000"]
    assert receipt_of(event).outcome == "delivered"
    assert found(order) is None
    page = messages.list_messages(
        MANAGER, messages.Wanted(order_id=order.order_id), NOW, NOW, 50, Position("")
    )
    assert sorted((one.channel, one.outcome) for one in page.messages) == [
        ("email", "bounced"), ("inbox", "delivered"), ("sms", "sent"),
    ]  # fmt: skip


def test_whoever_complains_gets_neither_mail_nor_text(shop, channels):
    event, _ = told(channels, email="ada@complaint.example", phone="+8613800138000")
    take(channels, "Complaint")
    assert channels["sms"].sent == []
    assert receipt_of(event).outcome == "bounced"
    assert suppressions.find_suppression("ada@complaint.example").verdict == "complained"


def test_a_complaint_is_called_so_in_the_inbox(shop, channels):
    told(channels, email="ada@complaint.example")
    take(channels, "Complaint")
    entry = inbox.list_inbox("cus-ada", 1)[0]
    assert {one.channel: one.outcome for one in entry.channels}["email"] == "complained"


def test_a_bounce_is_on_record_though_another_channel_had_reached_the_customer(shop, channels):
    save_preferences("cus-ada", Preferences(version=1, channels={"orders": ("email", "sms")}))
    _, order = a_confirmed_order(
        CUSTOMER, contact={"email": "ada@bounce.example", "phone": "+8613800138000"}
    )
    file = cancellations.cancel(order.order_id, "late", MANAGER, NOW, lambda _: None)
    event = next(one for one in file.events if one.type == "order.canceled")
    notifications.deliver(event, NOW, channels.__getitem__)
    take(channels, times=2)
    given = receipt_of(event)
    assert given.outcome == "delivered"
    assert {one.channel: one.outcome for one in given.sends} == {"email": "bounced", "sms": "sent"}
    assert len(channels["sms"].sent) == 1


def test_a_mailbox_that_is_full_today_gets_mail_tomorrow(shop, channels):
    event, _ = told(channels, email="ada@bounce.example")
    take(channels, bounceType="Transient")
    assert receipt_of(event).outcome == "delivered"
    assert suppressions.find_suppression("ada@bounce.example") is None


def test_no_more_mail_goes_to_an_address_that_bounced_until_its_owner_says_so(shop, channels):
    save_preferences("cus-ada", msgspec.structs.replace(Preferences(version=1)))
    known = Profile(customer_id="cus-ada", email="ada@bounce.example", version=1)
    save_profile(known)
    _, order = told(channels)
    take(channels)
    assert profile.mail_trouble(known).verdict == "bounced"
    placed, _ = order_events.load_event(order.order_id, 1)
    notifications.deliver(placed, NOW, channels.__getitem__)
    assert len(channels["email"].sent) == 1
    with pytest.raises(Conflict):
        retelling.send_again(MANAGER, order.order_id, 1, "email", NOW, channels.__getitem__)
    profile.mail_again(known)
    assert profile.mail_trouble(known) is None
    again = retelling.send_again(MANAGER, order.order_id, 1, "email", NOW, channels.__getitem__)
    assert again.outcome == "sent"


def test_a_merchants_bounce_opens_a_case_about_the_order(shop, channels):
    event, order = a_confirmed_order(CUSTOMER)
    merchant_deliveries.deliver(event, NOW)
    assert merchant_mail.mail_merchant(order, "not_accepted", NOW, channels["email"]) == "sent"
    take(channels, times=2)
    assert found(order) is not None
    [mail] = messages.list_messages(
        MANAGER,
        messages.Wanted(order_id=order.order_id, channel="email"),
        NOW,
        NOW,
        9,
        Position(""),
    ).messages
    assert (mail.audience, mail.outcome) == ("merchant", "bounced")


def test_staff_whose_mail_bounces_are_told_by_phone_and_still_mailed(shop, channels):
    call = Alert(alert_id="alt_1", title={"en": "t"}, text={"en": "x"}, channels=("email",), at=NOW)
    alerts.deliver(call, NOW, channels.__getitem__)
    take(channels, times=3)
    [told] = queued("ops-alerts")
    assert told["channels"] == ["sms"]
    assert suppressions.find_suppression(channels["email"].sent[0].to) is None


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"eventType": "Bounce", "bounce": 3}'])
def test_what_is_no_feedback_never_gets_better(body, aws):
    with pytest.raises(Malformed):
        mail_feedback.take(body, NOW)


def test_the_sample_of_a_bounce_is_understood(shop):
    [record] = json.loads(SAMPLE.read_text())["Records"]
    mail_feedback.take(record["body"], NOW)
    assert suppressions.find_suppression("nobody@bounce.example") is None, "not a mail of ours"
