"""Whatever call a consumer dies at, the event comes again: nothing is lost, little is doubled.

k deliveries are one effect; a send alone may be doubled, and only by a death between it and its
mark.
"""

from datetime import timedelta

import boto3
import msgspec
import pytest

from chalicelib import aws
from chalicelib.domain.merchant_deliveries import Endpoint
from chalicelib.domain.profiles import Preferences
from chalicelib.services import (
    inbox,
    merchant_deliveries,
    notifications,
    push_subscriptions,
    relay,
    secrets,
)
from chalicelib.services.push import AllDevices
from chalicelib.store import deliveries, endpoints, receipts
from chalicelib.store.profiles import save_preferences
from chalicelib.store.tables import CustomerItem, OrderItem
from tests.channels.browser import Browser
from tests.channels.fake import FakeChannel
from tests.factories import CUSTOMER, MARKET, NOW
from tests.reliability.crashes import Calls, Killed, points, watched
from tests.services.confirmed import a_confirmed_order

# The queue shows a message again after its visibility timeout, longer than any claim lasts.
VISIBLE_AGAIN = timedelta(seconds=180)


class CountedChannel(FakeChannel):
    """A channel whose sending is a call like any other: a death may come before or after it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls: Calls | None = None

    def send(self, message):
        if self.calls is None:
            return super().send(message)
        send = super().send
        return self.calls.around("Send", lambda: send(message))


def rehearsed(act, channel) -> Calls:
    rehearsal = Calls()
    channel.calls = rehearsal
    with watched(rehearsal):
        act(NOW)
    channel.calls = None
    return rehearsal


def killed_at(number, moment, act, channel) -> bool:
    """Whether the death was met."""
    calls = Calls(number, moment)
    channel.calls = calls
    try:
        with watched(calls):
            act(NOW)
    except Killed:
        return True
    finally:
        channel.calls = None
    return False


def sent_unmarked(rehearsal: Calls, number: int, moment: str, *, marked_at: int) -> bool:
    """Whether the death fell between the send and the mark: then alone a second copy is right."""
    sent_at = rehearsal.names.index("Send")
    edges = {(sent_at, "after"), (marked_at, "before")}
    return (number, moment) in edges or sent_at < number < marked_at


def forgotten(order_id: str, consumer: str, version: int) -> None:
    """As if the event had never arrived: for the next point on the same order."""
    OrderItem(order_id, receipts.receipt_key(consumer, version)).delete()
    for entry in inbox.list_inbox(CUSTOMER.id, 50):
        CustomerItem(CUSTOMER.id, f"notification#{entry.notification_id}").delete()


def test_telling_the_customer(shop):
    event, order = a_confirmed_order(CUSTOMER)
    channel = CountedChannel("email")

    def act(now):
        notifications.deliver(event, now, lambda _: channel)

    rehearsal = rehearsed(act, channel)
    assert "TransactWriteItems" in rehearsal.names
    assert "Send" in rehearsal.names
    for number, moment in points(rehearsal):
        forgotten(order.order_id, "customer", event.version)
        channel.sent.clear()
        assert killed_at(number, moment, act, channel)
        for tries in (1, 2, 3):
            act(NOW + VISIBLE_AGAIN * tries)
        died = (rehearsal.names[number], moment)
        receipt = receipts.find_receipt(order.order_id, "customer", event.version)
        assert receipt.outcome == "delivered", died
        (entry,) = inbox.list_inbox(CUSTOMER.id, 10)
        assert {one.channel: one.outcome for one in entry.channels}["email"] == "sent", died
        doubled = sent_unmarked(rehearsal, number, moment, marked_at=rehearsal.count - 1)
        assert len(channel.sent) == (2 if doubled else 1), died
        assert len({mail.message_id for mail in channel.sent}) == 1


def test_telling_by_mail_a_customer_whose_last_device_is_gone(shop):
    save_preferences(CUSTOMER.id, Preferences(version=1, channels={"orders": ("push",)}))
    event, order = a_confirmed_order(CUSTOMER)
    mail, phone = CountedChannel("email"), FakeChannel("push")
    phone.gone = True
    channels = {"email": mail, "push": AllDevices(phone)}

    def act(now):
        notifications.deliver(event, now, channels.__getitem__)

    def subscribed():
        keys = Browser("https://93.184.216.34/p").keys
        push_subscriptions.subscribe(
            CUSTOMER.id, "https://93.184.216.34/p", keys["p256dh"], keys["auth"], NOW
        )

    subscribed()
    secrets.push_secret()  # remembered, so that each time has the same calls
    rehearsal = rehearsed(act, mail)
    assert "Send" in rehearsal.names
    for number, moment in points(rehearsal):
        forgotten(order.order_id, "customer", event.version)
        mail.sent.clear()
        subscribed()
        assert killed_at(number, moment, act, mail)
        for tries in (1, 2, 3):
            act(NOW + VISIBLE_AGAIN * tries)
        died = (rehearsal.names[number], moment)
        assert push_subscriptions.load_devices(CUSTOMER.id).items == (), died
        receipt = receipts.find_receipt(order.order_id, "customer", event.version)
        assert receipt.outcome == "delivered", died
        (entry,) = inbox.list_inbox(CUSTOMER.id, 10)
        assert {one.channel: one.outcome for one in entry.channels}["email"] == "sent", died
        doubled = sent_unmarked(rehearsal, number, moment, marked_at=rehearsal.count - 1)
        assert len(mail.sent) == (2 if doubled else 1), died


def test_telling_the_merchant(shop):
    endpoints.save_endpoint(
        Endpoint(
            store_id=MARKET,
            url="https://merchant.example.com/",
            secret="whsec_c2VjcmV0",
            created_at=NOW,
            updated_at=NOW,
        )
    )
    event, order = a_confirmed_order(CUSTOMER)
    channel = CountedChannel("webhook")

    def act(now):
        merchant_deliveries.deliver(event, now, channel)

    rehearsal = rehearsed(act, channel)
    assert rehearsal.names[-3:] == ["Send", "PutItem", "PutItem"]  # the mark, then the log
    for number, moment in points(rehearsal):
        forgotten(order.order_id, "merchant", event.version)
        channel.sent.clear()
        assert killed_at(number, moment, act, channel)
        for tries in (1, 2, 3):
            act(NOW + VISIBLE_AGAIN * tries)
        died = (rehearsal.names[number], moment)
        receipt = receipts.find_receipt(order.order_id, "merchant", event.version)
        assert receipt.outcome == "delivered", died
        doubled = sent_unmarked(rehearsal, number, moment, marked_at=rehearsal.count - 2)
        assert len(channel.sent) == (2 if doubled else 1), died
    assert deliveries.list_deliveries(MARKET, 1, None)


def test_relaying(shop):
    topic = boto3.client("sns").create_topic(Name="order-events")["TopicArn"]
    queue = boto3.client("sqs").create_queue(QueueName="heard")["QueueUrl"]
    arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    boto3.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )  # fmt: skip
    aws.client.cache_clear()
    event, _ = a_confirmed_order(CUSTOMER)
    record = _record_of(event)
    calls = Calls()
    with watched(calls):
        assert relay.relay([record], relay.publish_to_topic) == []
    assert calls.names == ["PublishBatch"]
    for number, moment in points(calls):
        _drain(queue)
        with pytest.raises(Killed), watched(Calls(number, moment)):
            relay.relay([record], relay.publish_to_topic)
        assert relay.relay([record], relay.publish_to_topic) == []
        heard = _drain(queue)
        assert set(heard) == {event.event_id}


def _record_of(event) -> dict:
    return {
        "eventName": "INSERT",
        "dynamodb": {
            "SequenceNumber": "1",
            "Keys": {"PK": {"S": event.order_id}, "SK": {"S": f"event#{event.version:06d}"}},
            "NewImage": {"data": {"S": msgspec.json.encode(event).decode()}},
        },
    }


def _drain(queue: str) -> list[str]:
    heard = []
    sqs = boto3.client("sqs")
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            heard.append(notifications.read_event(message["Body"]).event_id)
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return heard
