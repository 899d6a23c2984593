"""Calling staff: once each, however often the message comes, and even without the table."""

import json
import re

import boto3
import msgspec
import pytest

from chalicelib import plugins
from chalicelib.channels.webhook import Webhook
from chalicelib.config import settings
from chalicelib.domain import inbound_signatures
from chalicelib.domain.errors import Malformed, Unavailable
from chalicelib.domain.thresholds import AlertChannel
from chalicelib.services import alert_contacts, alerts
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


def test_every_channel_that_a_rule_can_have_exists():
    for_customers = {"push"}
    assert set(AlertChannel.__args__) == set(plugins.names("channels")) - for_customers


class TestRooms:
    @pytest.fixture
    def room(self, alert):
        """A DingTalk group whose address and secret are in the stage's secrets."""
        keep("dingtalk", {"url": "https://room.example.com/?t=1", "secret": "SEC1"})
        return msgspec.structs.replace(alert, channels=("dingtalk",))

    def test_a_room_gets_both_languages_the_case_and_its_secret(self, room):
        channel = FakeChannel("dingtalk")
        deliver(room, {"dingtalk": channel})
        [message] = channel.sent
        assert (message.to, message.secret) == ("https://room.example.com/?t=1", "SEC1")
        assert message.at == NOW
        assert "订单" in message.text
        assert message.links[0].endswith(f"/ops#/cases?case={room.case_id}")
        assert "/v1/alerts/" in message.links[1]

    def test_a_room_that_is_not_configured_is_noted(self, alert):
        deliver(msgspec.structs.replace(alert, channels=("slack",)), {})
        [case] = cases("order_not_returned")
        assert ("slack", "no_recipient") in {(a.channel, a.outcome) for a in case.alerts}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"secret": "whsec_c2VjcmV0"}, ["https://duty.example.com/"],
            {"url": "https://duty.example.com/", "secret": "abcde"},
        ],
    )  # fmt: skip
    def test_a_room_that_is_set_up_wrongly_keeps_nobody_else_from_being_called(
        self, alert, staff, wrong
    ):
        keep("webhook", wrong)
        rooms = {**staff, "webhook": Webhook()}
        deliver(msgspec.structs.replace(alert, channels=("webhook", "email")), rooms)
        assert len(staff["email"].sent) == 1
        [case] = cases("order_not_returned")
        assert ("webhook", "failed") in {(one.channel, one.outcome) for one in case.alerts}

    def test_systems_on_call_get_a_webhook_that_they_can_verify(self, alert):
        secret = "whsec_c2VjcmV0"
        keep("webhook", {"url": "https://duty.example.com/", "secret": secret})
        channel = FakeChannel("webhook")
        deliver(msgspec.structs.replace(alert, channels=("webhook",)), {"webhook": channel})
        [message] = channel.sent
        inbound_signatures.verify([secret], message.headers, message.text.encode(), NOW)
        data = json.loads(message.text)["data"]
        assert data["case_id"] == alert.case_id
        assert "/v1/alerts/" in data["links"][1]


class TestLinks:
    def link_in(self, alert, staff):
        deliver(alert, staff)
        return re.search(r"/v1/alerts/(\S+)", staff["email"].sent[0].text)[1]

    def test_the_link_takes_the_case_in_hand_once_a_button_is_pressed(self, alert, staff, client):
        token = self.link_in(alert, staff)
        page = client.send("GET", f"/v1/alerts/{token}")
        assert page.status == 200
        assert "<form" in page.text
        assert cases("order_not_returned")[0].status == "open"

        done = client.send("POST", f"/v1/alerts/{token}", raw=b"")
        assert "<form" not in done.text
        [case] = cases("order_not_returned")
        assert (case.status, case.acknowledged_by) == ("acknowledged", "link:email")
        assert client.send("POST", f"/v1/alerts/{token}", raw=b"").status == 200

    def test_a_text_message_has_the_link_as_well(self, alert, staff, client):
        deliver(alert, staff)
        token = staff["sms"].sent[0].links[-1].rpartition("/")[2]
        client.send("POST", f"/v1/alerts/{token}", raw=b"")
        [case] = cases("order_not_returned")
        assert (case.status, case.acknowledged_by) == ("acknowledged", "link:sms")

    def test_a_forged_link_and_one_of_an_earlier_opening_are_nothing(self, alert, staff, client):
        token = self.link_in(alert, staff)
        case_id, opening, rest = token.split(".", 2)
        for wrong in (token[:-1] + "x", f"{case_id}.2.{rest}", "x", "a.b.c.d"):
            assert client.send("POST", f"/v1/alerts/{wrong}", raw=b"").status == 404
        old = alert_contacts.link_token(case_id, int(opening) + 1, "email")
        assert client.send("GET", f"/v1/alerts/{old}").status == 404


def keep(channel, secret):
    boto3.client("secretsmanager").create_secret(
        Name=f"docket/test/alerts/{channel}", SecretString=json.dumps(secret)
    )
