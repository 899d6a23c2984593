"""The chat rooms' robots over HTTP as their companies document them: bodies, signatures, noes."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.channels.base import DeliveryRefused, Message, NotDelivered
from chalicelib.channels.dingtalk import DingTalk
from chalicelib.channels.feishu import Feishu
from chalicelib.channels.slack import Slack
from chalicelib.channels.wecom import WeCom
from tests.providers.http_double import Answer, HttpDouble

NOW = datetime(2026, 11, 22, 9, 30, 0, 250_000, tzinfo=UTC)
SECRET = "SECabc123"
ROOMS = [DingTalk, Feishu, WeCom, Slack]


def told(kind, answer=b'{"errcode":0,"errmsg":"ok"}', status=200, path="/hook?token=t", **changes):
    """What the room was asked, after one message."""
    with HttpDouble(lambda _: Answer(status, answer)) as room:
        address = room.base + path
        message = Message(
            **{
                "message_id": "alt_1", "to": address, "subject": "[critical] order_not_returned",
                "text": "Order 22\n订单未被接单 <!channel> & more", "secret": SECRET, "at": NOW,
                **changes,
            }
        )  # fmt: skip
        channel = kind(allowed_private_hosts=lambda: (urlsplit(address).netloc,))
        sent = channel.send(message)
        [asked] = room.asked
    assert sent.status == status
    assert asked.headers["content-type"].startswith("application/json")
    return asked, json.loads(asked.body)


def mac(key, content):
    return base64.b64encode(hmac.new(key.encode(), content, hashlib.sha256).digest()).decode()


def test_dingtalk_gets_markdown_at_an_address_that_is_signed():
    asked, body = told(DingTalk)
    query = parse_qs(urlsplit(asked.path).query)
    assert query["token"] == ["t"]
    timestamp = str(int(NOW.timestamp() * 1000))
    assert query["timestamp"] == [timestamp]
    assert query["sign"] == [mac(SECRET, f"{timestamp}\n{SECRET}".encode())]
    assert body["msgtype"] == "markdown"
    assert "order_not_returned" in body["markdown"]["title"]
    assert "订单未被接单" in body["markdown"]["text"]


def test_feishu_gets_text_with_time_and_signature_inside():
    _, body = told(Feishu, b'{"code":0,"msg":"success","data":{}}')
    timestamp = str(int(NOW.timestamp()))
    assert body["timestamp"] == timestamp
    assert body["sign"] == mac(f"{timestamp}\n{SECRET}", b"")
    assert body["msg_type"] == "text"
    assert body["content"]["text"].startswith("[critical] order_not_returned\n")


def test_wecom_gets_markdown_of_at_most_four_thousand_bytes_in_whole_characters():
    _, body = told(WeCom, text="订" * 3000)
    content = body["markdown"]["content"]
    assert len(content.encode()) <= 4000
    assert content.endswith("订…")


LINKS = (
    "https://shop.example/ops#/cases?case=case_1",
    "https://shop.example/v1/alerts/case_1.1.x.mac",
)


@pytest.mark.parametrize("kind", ROOMS)
def test_however_long_the_text_its_links_arrive_whole(kind):
    _, body = told(kind, b"ok" if kind is Slack else b'{"code":0}', text="订" * 9000, links=LINKS)
    said = json.dumps(body, ensure_ascii=False)
    assert len(said.encode()) < 20_000
    for link in LINKS:
        assert link in said


@pytest.mark.parametrize("kind", [DingTalk, WeCom])
def test_markdown_rooms_get_links_that_can_be_pressed(kind):
    _, body = told(kind, links=LINKS)
    text = body["markdown"].get("text") or body["markdown"]["content"]
    assert all(f"[{link}]({link})" in text for link in LINKS)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (Feishu, '<at user_id="all">all</at>'),
        (WeCom, "<@boss>"),
        (WeCom, "[Docket](https://evil.example)"),
        (DingTalk, "![](https://evil.example/pixel.png)"),
    ],
)
def test_nobody_is_called_or_led_astray_by_what_others_wrote(kind, call):
    _, body = told(kind, text=f"No e-invoice: {call}")
    assert call not in json.dumps(body, ensure_ascii=False).replace('\\"', '"')


def test_dingtalk_shows_line_by_line_what_came_in_lines():
    _, body = told(DingTalk, text="one\ntwo")
    assert "one  \n  two" in body["markdown"]["text"]


def test_slack_gets_text_that_calls_nobody():
    _, body = told(Slack, b"ok")
    assert body["text"].startswith("*[critical] order_not_returned*\n")
    assert "&lt;!channel&gt; &amp; more" in body["text"]


@pytest.mark.parametrize("kind", [DingTalk, Feishu])
def test_without_a_secret_nothing_is_signed(kind):
    asked, body = told(kind, secret="")
    assert "sign" not in parse_qs(urlsplit(asked.path).query)
    assert "sign" not in body


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (DingTalk, b'{"errcode":310000,"errmsg":"sign not match"}'),
        (Feishu, b'{"code":19021,"msg":"sign match fail"}'),
        (WeCom, b'{"errcode":93000,"errmsg":"invalid webhook url"}'),
    ],
)
def test_a_rooms_own_no_is_final_though_it_says_200(kind, answer):
    with pytest.raises(DeliveryRefused):
        told(kind, answer)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (DingTalk, b'{"errcode":130101,"errmsg":"send too fast"}'),
        (Feishu, b'{"code":11232,"msg":"frequency limited"}'),
        (WeCom, b'{"errcode":45009,"errmsg":"api freq out of limit"}'),
    ],
)
def test_a_room_that_is_written_to_too_fast_is_tried_again(kind, answer):
    with pytest.raises(NotDelivered):
        told(kind, answer)


@pytest.mark.parametrize("kind", [DingTalk, Feishu, WeCom])
@pytest.mark.parametrize(
    "answer", [b"<html>Sign in to this network</html>", b'{"errcode":"x"}', b"{}"]
)
def test_what_no_robot_answers_is_not_taken_for_a_yes(kind, answer):
    with pytest.raises(DeliveryRefused):
        told(kind, answer)


@pytest.mark.parametrize("kind", ROOMS)
@pytest.mark.parametrize(
    ("status", "error"), [(429, NotDelivered), (503, NotDelivered), (404, DeliveryRefused)]
)
def test_http_says_what_may_pass(kind, status, error):
    with pytest.raises(error):
        told(kind, b"no", status)
