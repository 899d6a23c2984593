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
    expect(guest.page.locator(".pickup .number")).to_be_visible()
    guest.check_screen("order to be paid")


def test_an_order_that_is_refused_meanwhile_waits_for_its_customer(visit):
    guest = visit(1280, "en")
    guest.open("/#/s/sto_market")
    guest.page.locator(".product .add").first.wait_for()
    guest.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    guest.page.evaluate(KEEP, YESTERDAY)
    guest.page.reload()
    guest.open("/#/outbox")
    guest.see("outbox.refused")
    guest.check_screen("needs attention")
    guest.button("outbox.dismiss").click()
    guest.see("outbox.none")
