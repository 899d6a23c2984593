"""Notifications on people's devices: all of them once, the ones that are gone forgotten."""

import json
from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

import pytest

from chalicelib.channels.push import Push
from chalicelib.config import settings
from chalicelib.domain.errors import InvalidInput, NotFound, Unavailable
from chalicelib.domain.profiles import Preferences
from chalicelib.domain.push_messages import PAYLOAD_BYTES_MAX, payload
from chalicelib.domain.push_subscriptions import SUBSCRIPTIONS_MAX
from chalicelib.domain.quiet_hours import QuietHours
from chalicelib.services import notifications, push_subscriptions, retelling
from chalicelib.services.push import AllDevices
from chalicelib.store.profiles import save_preferences
from tests.channels.browser import Browser
from tests.channels.fake import FakeChannel
from tests.factories import CUSTOMER, MANAGER, NOW
from tests.providers.http_double import Answer, HttpDouble
from tests.services.test_notifications import outcomes, place, receipt_of

ADA = CUSTOMER.customer_id
PUBLIC = "https://push.example.com/p"


class Service:
    """A push service and the browsers that it brings messages to."""

    def __init__(self) -> None:
        self._double = HttpDouble(self.answer)
        self.status: dict[str, int] = {}
        self.browsers: dict[str, Browser] = {}
        self.host = urlsplit(self._double.base).netloc

    def __enter__(self) -> Self:
        self._double.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._double.__exit__()

    def answer(self, asked) -> Answer:
        return Answer(self.status.get(asked.path, 201))

    def browser(self, name: str) -> Browser:
        """A new one, which asks for notifications."""
        browser = self.browsers[name] = Browser(f"{self._double.base}/{name}")
        return browser

    def read(self, name: str) -> list[dict]:
        """What that browser showed."""
        return [
            json.loads(self.browsers[name].read(asked.body))
            for asked in self._double.asked
            if asked.path == f"/{name}"
        ]


@pytest.fixture
def service():
    with Service() as running:
        yield running


@pytest.fixture
def channels(service):
    devices = AllDevices(Push(allowed_private_hosts=lambda: (service.host,)))
    return {"email": FakeChannel("email"), "sms": FakeChannel("sms"), "push": devices}


@pytest.fixture
def subscribe(service, monkeypatch):
    """Ada asks for notifications on a device of that name."""

    def subscribing(name, at=NOW):
        browser = service.browser(name)
        keys = browser.keys
        return push_subscriptions.subscribe(ADA, browser.endpoint, keys["p256dh"], keys["auth"], at)

    monkeypatch.setenv("DOCKET_ALLOWED_PRIVATE_HOSTS", service.host)
    settings.cache_clear()
    yield subscribing
    monkeypatch.undo()
    settings.cache_clear()


def test_each_device_shows_what_happened_and_where_to_look(shop, service, channels, subscribe):
    subscribe("phone")
    subscribe("laptop")
    event, order = place()
    for _ in range(2):
        notifications.deliver(event, NOW, channels.__getitem__)
    expected = {
        "title": f"Order {order.number} received", "url": f"#/o/{order.order_id}",
        "tag": order.order_id, "lang": "en",
    }  # fmt: skip
    for name in ("phone", "laptop"):
        [shown] = service.read(name)
        assert expected.items() <= shown.items()
    assert outcomes() == {"inbox": "delivered", "push": "sent", "email": "sent"}


def test_a_device_that_is_gone_is_forgotten_and_the_others_are_told(
    shop, service, channels, subscribe
):
    subscribe("lost")
    kept = subscribe("phone")
    service.status["/lost"] = 410
    event, _ = place()
    notifications.deliver(event, NOW, channels.__getitem__)
    assert outcomes()["push"] == "sent"
    assert push_subscriptions.load_devices(ADA).items == (kept,)


@pytest.mark.parametrize(
    ("status", "outcome", "left"), [(404, "gone", 0), (403, "failed", 1), (503, "failed", 1)]
)
def test_mail_takes_the_place_of_devices_that_did_not_take_it(
    shop, service, channels, subscribe, status, outcome, left
):
    save_preferences(ADA, Preferences(version=1, channels={"orders": ("push",)}))
    subscribe("phone")
    service.status["/phone"] = status
    event, _ = place()
    notifications.deliver(event, NOW, channels.__getitem__)
    assert outcomes() == {"inbox": "delivered", "push": outcome, "email": "sent"}
    assert receipt_of(event).outcome == "delivered"
    assert len(push_subscriptions.load_devices(ADA).items) == left
    assert len(channels["email"].sent) == 1


def test_when_mail_is_down_too_both_are_tried_again(shop, service, channels, subscribe):
    save_preferences(ADA, Preferences(version=1, channels={"orders": ("push",)}))
    subscribe("phone")
    service.status["/phone"] = 410
    channels["email"].down = True
    event, _ = place()
    with pytest.raises(Unavailable):
        notifications.deliver(event, NOW, channels.__getitem__)
    assert outcomes()["email"] == "pending"
    channels["email"].down = False
    notifications.deliver(event, NOW + timedelta(minutes=2), channels.__getitem__)
    assert len(channels["email"].sent) == 1
    assert outcomes()["email"] == "sent"
    assert receipt_of(event).outcome == "delivered"


def test_nobody_who_can_be_reached_no_other_way_is_a_receipt_given_up(
    shop, service, channels, subscribe
):
    subscribe("phone")
    service.status["/phone"] = 410
    event, _ = place(contact={"name": "Ada"})
    notifications.deliver(event, NOW, channels.__getitem__)
    receipt = receipt_of(event)
    assert (receipt.outcome, receipt.detail) == ("given_up", "refused: push")


@pytest.mark.parametrize(
    "wishes",
    [
        {"quiet_hours": QuietHours(start="00:00", end="23:59")},
        {"channels": {"orders": ("email",), "payments": ("push",)}},
    ],
)
def test_quiet_hours_and_wishes_hold_for_devices_too(shop, service, channels, subscribe, wishes):
    subscribe("phone")
    save_preferences(ADA, Preferences(version=1, **wishes))
    event, _ = place()
    notifications.deliver(event, NOW, channels.__getitem__)
    assert service.read("phone") == []
    assert "push" not in outcomes()


def test_staff_send_it_again_to_the_devices(shop, service, channels, subscribe):
    event, order = place()
    notifications.deliver(event, NOW, channels.__getitem__)
    subscribe("phone")
    told = retelling.send_again(
        MANAGER, order.order_id, event.version, "push", NOW, channels.__getitem__
    )
    assert (told.channel, told.outcome) == ("push", "sent")
    assert len(service.read("phone")) == 1


def test_subscribing_twice_is_once_and_of_too_many_the_oldest_falls_out(aws, subscribe):
    first = subscribe("device-0")
    for at in range(1, SUBSCRIPTIONS_MAX + 1):
        subscribe(f"device-{at}", NOW + timedelta(minutes=at))
    subscribe("device-9")  # with other keys, as after the browser was set up again
    known = push_subscriptions.load_devices(ADA).items
    assert len(known) == SUBSCRIPTIONS_MAX
    assert first not in known
    assert [one.endpoint[-2:] for one in known[-2:]] == ["10", "-9"]


def test_a_device_is_removed_once(aws, subscribe):
    added = subscribe("phone")
    push_subscriptions.unsubscribe(ADA, added.subscription_id)
    assert push_subscriptions.load_devices(ADA).items == ()
    with pytest.raises(NotFound):
        push_subscriptions.unsubscribe(ADA, added.subscription_id)


@pytest.mark.parametrize(
    ("endpoint", "keys", "pointers"),
    [
        ("http://push.example.com/p", {}, ["/endpoint"]),
        ("https://10.0.0.7/p", {}, ["/endpoint"]),
        ("https://inside.example.com/p", {}, ["/endpoint"]),
        (PUBLIC, {"p256dh": "AA", "auth": "AA"}, ["/keys/p256dh", "/keys/auth"]),
        (PUBLIC, {"p256dh": "B" + "A" * 86}, ["/keys/p256dh"]),
    ],
)  # fmt: skip
def test_what_no_browser_gives_is_refused(aws, endpoint, keys, pointers):
    hosts = {"push.example.com": ["93.184.216.34"], "inside.example.com": ["192.168.1.1"]}
    given = {**Browser(endpoint).keys, **keys}
    with pytest.raises(InvalidInput) as caught:
        push_subscriptions.subscribe(
            ADA, endpoint, given["p256dh"], given["auth"], NOW, lambda host, _: hosts[host]
        )
    assert [error.pointer for error in caught.value.errors] == pointers
    assert push_subscriptions.load_devices(ADA).items == ()


def test_a_long_text_is_cut_to_what_push_services_take():
    text = payload("标题" * 2000, "很长的说明" * 2000, "ord_1", "zh-CN")
    assert len(text.encode()) <= PAYLOAD_BYTES_MAX
    assert json.loads(text)["body"].endswith("…")
