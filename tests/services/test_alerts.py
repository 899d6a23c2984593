"""Calling staff: once each, however often the message comes, and even without the table."""

import json

import msgspec
import pytest

from chalicelib.channels import email, sms
from chalicelib.config import settings
from chalicelib.domain.errors import Malformed, Unavailable
from chalicelib.services import alerts
from tests.channels.fake import FakeChannel
from tests.factories import CUSTOMER, NOW
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import cases, give_receipts, make_queues, messages, sweep_at

ALARM = {
    "AlarmName": "docket-test-sweep-heartbeat",
    "AlarmDescription": "No sweep for three minutes.",
    "NewStateValue": "ALARM",
    "NewStateReason": "no datapoints",
    "StateChangeTime": "2026-11-22T09:30:00.000+0000",
}


@pytest.fixture
def staff():
    """The channels, by name, on a stage with one address each."""
    return {"email": FakeChannel("email"), "sms": FakeChannel("sms")}


@pytest.fixture
def alert(shop):
    make_queues()
    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)
    sweep_at(121)
    [raw] = messages("ops-alerts")
    return alerts.read_alert(json.dumps(raw), NOW)


def deliver(alert, staff, now=NOW):
    alerts.deliver(alert, now, staff.__getitem__)


def test_a_critical_case_reaches_mail_and_phone_with_a_link(alert, staff):
    deliver(alert, staff)

    [mail] = staff["email"].sent
    assert mail.to == settings().alert_emails[0]
    assert "[critical] order_not_returned" in mail.subject
    assert alert.case_id in mail.text
    assert "订单" in mail.text
    assert len(staff["sms"].sent) == 1


def test_the_case_lists_who_was_called_how(alert, staff):
    deliver(alert, staff)
    [case] = cases("order_not_returned")
    assert {(sent.channel, sent.outcome) for sent in case.alerts} == {
        ("email", "sent"), ("sms", "sent"),
    }  # fmt: skip


def test_the_same_message_again_calls_nobody_again(alert, staff):
    for _ in range(3):
        deliver(alert, staff)
    assert len(staff["email"].sent) == len(staff["sms"].sent) == 1


def test_a_channel_that_is_down_is_tried_again_alone(alert, staff):
    staff["sms"].down = True
    with pytest.raises(Unavailable):
        deliver(alert, staff)
    staff["sms"].down = False
    deliver(alert, staff)
    assert len(staff["email"].sent) == len(staff["sms"].sent) == 1


def test_a_refused_address_is_noted_and_not_tried_again(alert, staff):
    staff["sms"].refuses = True
    deliver(alert, staff)
    [case] = cases("order_not_returned")
    assert ("sms", "failed") in {(sent.channel, sent.outcome) for sent in case.alerts}


def test_a_call_goes_out_though_the_table_is_gone(alert, staff):
    from tests.reliability.crashes import watched

    with watched(_Down()):
        deliver(alert, staff)
    assert len(staff["email"].sent) == 1


class _Down:
    """Every call to AWS times out."""

    def around(self, name, call):
        from botocore.exceptions import ConnectTimeoutError

        return None, ConnectTimeoutError(endpoint_url="https://dynamodb")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(ALARM),
        json.dumps({"Type": "Notification", "Message": json.dumps(ALARM)}),
    ],
)
def test_an_alarm_of_the_stage_is_a_call_too(aws, staff, body):
    alert = alerts.read_alert(body, NOW)
    deliver(alert, staff)
    assert "docket-test-sweep-heartbeat" in staff["email"].sent[0].subject
    assert "No sweep for three minutes." in staff["email"].sent[0].text
    assert len(staff["sms"].sent) == 1


def test_an_alarm_that_ended_rings_no_phone(aws, staff):
    deliver(alerts.read_alert(json.dumps({**ALARM, "NewStateValue": "OK"}), NOW), staff)
    assert len(staff["email"].sent) == 1
    assert staff["sms"].sent == []


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '"x"', '{"Type": "Notification"}'])
def test_what_is_no_alert_goes_to_the_dead_letters(body):
    with pytest.raises(Malformed):
        alerts.read_alert(body, NOW)


def test_a_queued_alert_reads_as_it_was_written(alert):
    assert alerts.read_alert(msgspec.json.encode(alert).decode(), NOW) == alert


def test_each_channel_of_a_call_exists():
    assert {email.CHANNEL.name, sms.CHANNEL.name} == {"email", "sms"}
