"""What every channel promises, held against every channel there is."""

import importlib

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib import plugins
from chalicelib.channels.base import Channel, DeliveryRefused, Message, Sent
from chalicelib.channels.dingtalk import DingTalk
from chalicelib.channels.email import Email
from chalicelib.channels.feishu import Feishu
from chalicelib.channels.push import Push
from chalicelib.channels.slack import Slack
from chalicelib.channels.sms import Sms
from chalicelib.channels.webhook import Webhook
from chalicelib.channels.wecom import WeCom
from chalicelib.domain.errors import Unavailable
from chalicelib.outbound_http import HttpAnswer
from tests.channels.browser import Browser

SECRET_WORD = "canary-5f1d"
BROWSER = Browser("https://push.example.com/p/secret-path")


class Outside:
    """Whatever a channel talks to: answers, is down, or says no."""

    def __init__(self, mood: str) -> None:
        self.mood = mood
        self.calls: list[dict] = []

    def _aws(self, **request):
        self.calls.append(request)
        if self.mood == "down":
            raise EndpointConnectionError(endpoint_url="https://aws.invalid")
        if self.mood in {"busy", "broken", "refusing"}:
            raise ClientError(
                {
                    "Error": {"Code": _CODE[self.mood], "Message": str(request)},
                    "ResponseMetadata": {"HTTPStatusCode": _STATUS[self.mood]},
                },
                "Send",
            )
        return {"MessageId": "m-1"}

    send_email = publish = _aws

    def post(self, url, body, headers, allowed):
        self.calls.append({"url": url, "body": body, "headers": headers})
        if self.mood == "down":
            raise Unavailable("no connection")
        if self.mood == "well":
            return HttpAnswer(200, '{"errcode":0,"errmsg":"ok"}')
        status = {"well": 204, "busy": 429, "broken": 500, "refusing": 410}[self.mood]
        return HttpAnswer(status, "said so")


def read_by_browser(outside: Outside):
    """Push messages are never twice the same on the wire: what counts is what the browser reads."""

    def post(url, body, headers, allowed):
        assert url == BROWSER.endpoint
        return outside.post(BROWSER.subscription, BROWSER.read(body), headers, allowed)

    return post


_CODE = {"busy": "Throttling", "broken": "InternalFailure", "refusing": "MessageRejected"}
_STATUS = {"busy": 400, "broken": 500, "refusing": 400}

MADE = {
    "email": lambda outside: Email(lambda: outside),
    "sms": lambda outside: Sms(lambda: outside),
    "webhook": lambda outside: Webhook(outside.post, lambda: ()),
    "dingtalk": lambda outside: DingTalk(outside.post, lambda: ()),
    "feishu": lambda outside: Feishu(outside.post, lambda: ()),
    "slack": lambda outside: Slack(outside.post, lambda: ()),
    "push": lambda outside: Push(read_by_browser(outside), lambda: ()),
    "wecom": lambda outside: WeCom(outside.post, lambda: ()),
}
GOOD = {
    "email": ["ada@example.com", "ada.l+x@mail.example.co"],
    "sms": ["+8613800138000", "+4917012345678"],
    "webhook": ["https://merchant.example.com/hook"],
    "dingtalk": ["https://oapi.dingtalk.example.com/robot/send?access_token=t"],
    "feishu": ["https://open.feishu.example.com/open-apis/bot/v2/hook/t"],
    "slack": ["https://hooks.slack.example.com/services/T/B/x"],
    "push": [BROWSER.subscription],
    "wecom": ["https://qyapi.weixin.example.com/cgi-bin/webhook/send?key=k"],
}
NO_ROOMS = ["", "http://room.example.com/", "https://127.0.0.1/", "https://localhost/", "room"]
BAD = {
    "email": ["", "ada", "ada@", "@example.com", "a@b@example.com", "ada@example.com\nBcc: x@y.de",
              "ada@example.com,eve@example.com", "Ada <ada@example.com>", "a" * 250 + "@e.com"],
    "sms": ["", "112", "13800138000", "+0123456789", "+49170123456789012", "+4917x", "+49170\n1"],
    **dict.fromkeys(("dingtalk", "feishu", "slack", "wecom"), NO_ROOMS),
    "push": ["", "{}", BROWSER.endpoint, Browser("https://127.0.0.1/p/1").subscription,
             Browser("http://push.example.com/p/1").subscription,
             BROWSER.subscription.replace(BROWSER.keys["auth"], "c2hvcnQ"),
             BROWSER.subscription.replace(BROWSER.keys["p256dh"], "B" + "A" * 86)],
    "webhook": ["", "http://merchant.example.com/", "https://127.0.0.1/", "https://localhost/"],
}  # fmt: skip
NAMES = plugins.names("channels")


def made(name: str, mood: str = "well") -> tuple[Channel, Outside]:
    outside = Outside(mood)
    return MADE[name](outside), outside


def a_message(to: str, **changes) -> Message:
    fields = {"message_id": "ntf_1", "to": to, "subject": "Hello", "text": f"你好 {SECRET_WORD}"}
    return Message(**{**fields, **changes})


def test_every_channel_is_held_to_this_contract():
    assert set(NAMES) == set(MADE) == set(GOOD) == set(BAD)


@pytest.mark.parametrize("name", NAMES)
class TestChannel:
    def test_the_module_exposes_it_under_its_own_name(self, name):
        channel = importlib.import_module(f"chalicelib.channels.{name}").CHANNEL
        assert channel.name == name

    def test_good_addresses_are_accepted(self, name):
        assert all(made(name)[0].accepts(address) for address in GOOD[name])

    def test_bad_addresses_are_not_and_nothing_is_sent_to_them(self, name):
        channel, outside = made(name)
        if name == "webhook":  # judged by the sender itself, which is another test's subject
            channel = Webhook(allowed_private_hosts=lambda: ())
        for address in BAD[name]:
            assert not channel.accepts(address), address
            with pytest.raises(DeliveryRefused):
                channel.send(a_message(address))
        assert outside.calls == []

    def test_a_message_is_sent_once_and_whole(self, name):
        channel, outside = made(name)
        sent = channel.send(a_message(GOOD[name][0], headers={"webhook-id": "ntf_1"}))
        assert isinstance(sent, Sent)
        assert len(outside.calls) == 1
        whole = repr(outside.calls[0])
        assert GOOD[name][0] in whole
        assert SECRET_WORD in whole
        assert "Hello" in whole or name in {"sms", "webhook", "push"}

    @pytest.mark.parametrize("mood", ["down", "busy", "broken"])
    def test_what_may_pass_is_worth_another_try(self, name, mood):
        channel, outside = made(name, mood)
        with pytest.raises(Unavailable):
            channel.send(a_message(GOOD[name][0]))
        assert len(outside.calls) == 1

    def test_a_final_no_is_final(self, name):
        with pytest.raises(DeliveryRefused):
            made(name, "refusing")[0].send(a_message(GOOD[name][0]))

    @pytest.mark.parametrize("mood", ["down", "busy", "broken", "refusing"])
    def test_errors_repeat_neither_the_address_nor_the_message(self, name, mood):
        with pytest.raises((Unavailable, DeliveryRefused)) as caught:
            made(name, mood)[0].send(a_message(GOOD[name][0]))
        for private in (SECRET_WORD, GOOD[name][0]):
            assert private not in str(caught.value)

    def test_it_keeps_no_state_between_messages(self, name):
        channel, outside = made(name)
        first, second = (channel.send(a_message(to)) for to in [GOOD[name][0]] * 2)
        assert first == second
        assert outside.calls[0] == outside.calls[1]
