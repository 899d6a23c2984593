"""Ordering while the network is away: nothing is lost, and everything is told."""

from playwright.sync_api import expect

KEEP = """(entry) => new Promise((resolve) => {
  indexedDB.open('docket', 1).onsuccess = ({ target }) => {
    const transaction = target.result.transaction('outbox', 'readwrite');
    transaction.objectStore('outbox').put(entry);
    transaction.oncomplete = () => resolve(undefined);
  };
})"""
YESTERDAY = {
    "key": "a-key-long-enough-for-a-guest",
    "owner": "guest",
    "state": "waiting",
    "made_at": "2026-01-01T00:00:00Z",
    "summary": "Something that is sold no more",
    "body": {
        "store_id": "sto_market",
        "channel": "web",
        "fulfillment": {"type": "pickup"},
        "line_items": [{"sku": "GONE-SINCE", "quantity": 1, "options": []}],
        "contact": {"phone": "13900139001"},
    },
}


def test_an_order_placed_offline_is_sent_when_the_network_is_back(visit):
    guest = visit(390, "zh-CN")
    guest.open("/#/s/sto_market")
    guest.page.locator(".product .add").first.wait_for()
    guest.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    guest.page.reload()
    guest.page.locator(".product .add").first.wait_for()

    guest.context.set_offline(True)
    guest.page.reload()
    guest.page.locator(".product .add").first.click()
    guest.see("offline")
    guest.page.locator(".cart-bar a").click()
    guest.page.locator("main").get_by_role("link", name=guest.say("cart.checkout")).click()
    guest.page.get_by_role("radio", name=guest.say("fulfillment.pickup")).click()
    guest.page.get_by_label(guest.say("field.phone")).fill("13900139000")
    guest.see("checkout.offline")
    guest.check_screen("checkout offline")
    guest.page.locator(".checkout aside .button.main").click()
    guest.see("outbox.waiting")
    guest.check_screen("orders on their way")
    guest.page.reload()
    guest.see("outbox.waiting")

    guest.context.set_offline(False)
    guest.page.get_by_role("link", name=guest.say("outbox.pay")).click()
    guest.see("status.placed")
    expect(guest.page.get_by_role("button", name=guest.say("pay.now"))).to_be_visible()
    guest.check_screen("order to be paid")


def test_an_order_that_nobody_could_send_waits_for_its_customer_and_so_does_its_refusal(visit):
    guest = visit(1280, "en")
    guest.open("/#/s/sto_market")
    guest.page.locator(".product .add").first.wait_for()
    guest.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    guest.page.evaluate(KEEP, YESTERDAY)
    guest.page.reload()
    guest.open("/#/outbox")
    guest.see("outbox.lateWords")
    guest.check_screen("not sent for long")
    guest.button("outbox.now").click()
    guest.see("outbox.refused")
    guest.check_screen("needs attention")
    guest.button("outbox.dismiss").click()
    guest.see("outbox.none")


ORDER = """({ key, body }) => fetch('/v1/orders', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
  body: JSON.stringify(body),
}).then((answer) => answer.json())"""
IS_CANCELED = """({ order_id, guest_token }) => fetch(`/v1/orders/${order_id}`, {
  headers: { Authorization: `Guest ${guest_token}` },
}).then((answer) => answer.json()).then((order) => order.status === 'canceled')"""


def test_an_order_that_arrived_unheard_is_canceled_when_it_is_withdrawn(visit):
    guest = visit(1280, "en")
    guest.open("/#/s/sto_market")
    guest.page.locator(".product .add").first.wait_for()
    sku = guest.page.evaluate(
        "() => fetch('/v1/products?store_id=sto_market&limit=50').then((a) => a.json())"
        ".then((page) => page.items.find((p) => !p.options.length && !p.bundle_of).sku)"
    )
    lines = [{"sku": sku, "quantity": 1, "options": []}]
    entry = YESTERDAY | {
        "key": "a-key-that-arrived-without-word",
        "state": "withdrawn",
        "tried": True,
        "body": {**YESTERDAY["body"], "line_items": lines, "allow_duplicate": True},
    }
    order = guest.page.evaluate(ORDER, entry)
    assert order["status"] == "placed"

    guest.page.evaluate(KEEP, entry)
    guest.page.reload()
    guest.open("/#/outbox")
    guest.page.wait_for_function(IS_CANCELED, arg=order)
    guest.see("outbox.none")
