"""Notifications on a device, from the switch in the shop to what the device shows.

No browser here reaches its maker's push service, so it subscribes at the practice one; what that
decrypted is handed to the service worker as the browser would.
"""

import json
from typing import Any

from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.journeys.people import Customer, Person, until

EMAIL = "customer2@example.com"
SUBSCRIBES_AT_THE_PRACTICE_SERVICE = """
let made = null;
PushManager.prototype.getSubscription = async () => made;
PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
  if (!userVisibleOnly) throw new Error('browsers want every message to be seen');
  const body = JSON.stringify({ application_server_key: applicationServerKey });
  const answer = await fetch('/_local/push/devices', { method: 'POST', body });
  const { endpoint, keys } = await answer.json();
  const unsubscribe = async () => { made = null; return true; };
  made = { endpoint, unsubscribe, toJSON: () => ({ endpoint, expirationTime: null, keys }) };
  return made;
};
"""
SHOWN = """async () => {
  const ready = await navigator.serviceWorker.ready;
  const shown = await ready.getNotifications();
  return shown.map(({ title, body, tag, lang }) => ({ title, body, tag, lang }));
}"""
CLICK = """async () => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
}"""


def read_by_device(customer: Customer, order: dict[str, Any]) -> dict[str, Any] | None:
    """What the practice push service decrypted about that order for the customer's device."""
    [device] = customer.get("/v1/me/push-subscriptions")["items"]
    told = Person(customer.url).get("/_local/push/messages")["items"]
    return next(
        (
            one["message"]
            for one in told
            if device["endpoint"].endswith(one["device_id"])
            and one["message"]["tag"] == order["order_id"]
        ),
        None,
    )


def deliver(visitor: Visitor, message: dict[str, Any]) -> None:
    """Wake the service worker with the message, as the browser does."""
    session = visitor.context.new_cdp_session(visitor.page)
    known: list[dict[str, Any]] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated", lambda e: known.extend(e["registrations"])
    )
    session.send("ServiceWorker.enable")
    until(lambda: (visitor.page.wait_for_timeout(50), known)[1], bool)
    session.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": visitor.url,
            "registrationId": known[0]["registrationId"],
            "data": json.dumps(message),
        },
    )


def test_a_device_that_was_turned_on_shows_what_became_of_an_order(visit, stack):
    customer = Customer(stack.url, EMAIL)
    visitor = visit(390, "zh-CN")
    visitor.context.grant_permissions(["notifications"], origin=stack.url)
    visitor.context.add_init_script(SUBSCRIBES_AT_THE_PRACTICE_SERVICE)
    visitor.open("/#/account/sign-in?next=account")
    visitor.sign_in(EMAIL)
    visitor.see("push.words")
    visitor.check_screen("account")
    visitor.button("push.on").click()
    visitor.see("push.isOn")

    products = customer.get("/v1/products?store_id=sto_market&limit=100")["items"]
    plain = next(p for p in products if not p["options"] and not p["bundle_of"])
    order = customer.place(line_items=[{"sku": plain["sku"], "quantity": 3}]).json
    message = until(lambda: read_by_device(customer, order), bool, seconds=30)
    assert order["number"] in message["title"]

    deliver(visitor, message)
    [shown] = until(lambda: visitor.page.evaluate(SHOWN), bool)
    assert shown == {name: message[name] for name in ("title", "body", "tag", "lang")}
    visitor.context.service_workers[0].evaluate(CLICK)
    expect(visitor.page).to_have_url(f"{stack.url}/#/o/{order['order_id']}")

    visitor.open("/#/account")
    visitor.button("push.off").click()
    visitor.see("push.off.done")
    assert customer.get("/v1/me/push-subscriptions")["items"] == []
