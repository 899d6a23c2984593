"""The notifications function over real queue batches, SES in moto."""

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from chalicelib import aws
from chalicelib.services import inbox
from chalicelib.store import order_events
from chalicelib.workers.notifications import deliver_notifications
from tests.factories import CUSTOMER
from tests.services.confirmed import a_confirmed_order
from tests.workers.sqs import Context, batch_of


@pytest.fixture
def mailbox(shop):
    boto3.client("sesv2").create_email_identity(EmailIdentity="docket@example.com")
    aws.client.cache_clear()
    return lambda: [*ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages]


def returned(answer):
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_message_is_delivered_by_mail(mailbox):
    event, order = a_confirmed_order(CUSTOMER)
    assert returned(deliver_notifications(batch_of(event), Context())) == []
    (mail,) = mailbox()
    assert mail.subject == f"Order {order.number} confirmed"
    assert mail.destinations["ToAddresses"] == ["ada@example.com"]
    assert [entry.type for entry in inbox.list_inbox("cus-ada", 10)] == ["order.confirmed"]


def test_copies_in_one_batch_are_one_mail(mailbox):
    """Whichever comes second may have to come again; it finds the work done then."""
    event, _ = a_confirmed_order(CUSTOMER)
    for _ in range(2):
        deliver_notifications(batch_of(event, event, event), Context())
    assert returned(deliver_notifications(batch_of(event), Context())) == []
    assert len(mailbox()) == 1


def test_poison_goes_back_alone(mailbox):
    event, _ = a_confirmed_order(CUSTOMER)
    captured, _ = order_events.load_event(event.order_id, event.version - 1)
    answer = deliver_notifications(batch_of("poison", event, "{}", captured), Context())
    assert returned(answer) == ["m0", "m2"]
    assert len(inbox.list_inbox("cus-ada", 10)) == 2


def test_a_stage_whose_sender_is_not_verified_yet_keeps_its_mail(shop):
    """Nothing is lost to a mail account that is not set up: the messages come again."""
    aws.client.cache_clear()
    event, _ = a_confirmed_order(CUSTOMER)
    assert returned(deliver_notifications(batch_of(event), Context())) == ["m0"]
    (entry,) = inbox.list_inbox("cus-ada", 10)
    assert {one.channel: one.outcome for one in entry.channels} == {
        "inbox": "delivered",
        "email": "pending",
    }
