"""The practice push service takes what a real one would, and nothing else."""

import json
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from chalicelib.channels.base import AddressGone, DeliveryRefused, Message, NotDelivered
from chalicelib.channels.push import Push
from infra.local.counterparts._push_service import PushService
from infra.local.counterparts.base import Desk
from infra.local.counterparts.base_http import Server
from infra.local.counterparts.base_ledger import Ledger

TOLD = {"title": "可以取餐了", "body": "22-K7MQ4", "url": "#/o/ord_1"}
HEADERS = {"TTL": "60", "Urgency": "high", "Topic": "t_1"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("push")
    server = Server(0)
    base = f"{server.base}/push"
    server.mount(
        "push",
        PushService(
            Desk("push", base, base, "", folder, Ledger(folder / "ledger.sqlite3"), lambda: None)
        ),
    )
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield base
    server.shutdown()
    server.server_close()


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as answer:
        return json.load(answer)


def send(service, device, **changes):
    address = json.dumps({"endpoint": device["endpoint"], "keys": device["keys"]})
    message = Message(
        **{
            "message_id": "ntf_1", "to": address, "text": json.dumps(TOLD), "headers": HEADERS,
            "secret": "the-stage's", "at": datetime.now(UTC), **changes,
        }
    )  # fmt: skip
    return Push(allowed_private_hosts=lambda: (urlsplit(service).netloc,)).send(message)


def test_a_browser_that_subscribed_reads_what_docket_sends(service):
    key = Push().public_key("the-stage's")
    device = ask(f"{service}/devices", {"application_server_key": key})
    assert send(service, device).status == 201
    shown = ask(f"{service}/messages")["items"][0]
    assert (shown["device_id"], shown["message"]) == (device["device_id"], TOLD)
    assert (shown["ttl"], shown["urgency"], shown["topic"]) == (60, "high", "t_1")


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": ""},
        {"secret": "another stage's"},
        {"at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"headers": {}},
        {"headers": {**HEADERS, "Topic": "not a topic"}},
        {"headers": {**HEADERS, "Content-Encoding": "gzip"}},
    ],
    ids=["unsigned", "another sender", "stale token", "no TTL", "wrong topic", "not encrypted"],
)
def test_what_a_real_one_refuses_is_refused(service, changes):
    key = Push().public_key("the-stage's")
    device = ask(f"{service}/devices", {"application_server_key": key})
    with pytest.raises(DeliveryRefused):
        send(service, device, **changes)


def test_a_message_for_another_browser_is_refused(service):
    device, other = ask(f"{service}/devices", {}), ask(f"{service}/devices", {})
    with pytest.raises(DeliveryRefused):
        send(service, {**device, "keys": other["keys"]})


def test_a_browser_that_left_is_gone_and_a_service_in_trouble_is_not(service):
    device = ask(f"{service}/devices", {})
    ask(f"{service}/practice/faults", {"fault": "refused"})
    with pytest.raises(NotDelivered):
        send(service, device)
    ask(f"{service}/devices/{device['device_id']}/leave", {})
    with pytest.raises(AddressGone):
        send(service, device)
    with pytest.raises(urllib.error.HTTPError, match="404") as unknown:
        ask(f"{service}/devices/nobody/leave", {})
    unknown.value.close()
