"""The day the database is down, as a customer lives through it: order, wait, pay afterwards."""

import json
from secrets import randbelow

from playwright.sync_api import expect

CAUSE = "The kitchen is under water"
DOWN = {"title": "Please try again", "status": 503, "code": "unavailable", "detail": "Down."}


class Outage:
    """Answers this browser as the API does without tables, as its contract says; the order itself
    is really placed.
    """

    def __init__(self, context):
        self._context = context
        self.over = False
        context.route("**/v1/status", self._status)
        context.route("**/v1/orders", self._receive)
        context.route("**/v1/orders/ord_*", self._look_up)

    def _status(self, route):
        if self.over:
            return route.continue_()
        incident = {
            "incident_id": "inc_drill", "cause": CAUSE, "opened_at": "2026-11-22T10:00:00Z",
            "expected_recovery_at": None, "store_id": "sto_market", "buffered": True,
        }  # fmt: skip
        return route.fulfill(json={"components": [], "announcements": [], "incidents": [incident]})

    def _receive(self, route):
        if route.request.method != "POST":
            return route.continue_()
        answer = route.fetch()
        taken = {**answer.json(), "status": "received", "version": 1, "receipt": "signed"}
        taken["events"] = [{**taken["events"][0], "type": "order.received"}]
        return route.fulfill(status=202, json=taken)

    def _look_up(self, route):
        if self.over:
            return route.continue_()
        return route.fulfill(
            status=503, body=json.dumps(DOWN), content_type="application/problem+json"
        )


def test_an_order_taken_in_an_outage_is_followed_until_it_can_be_paid(visit):
    guest = visit(390, "en")
    # A worker would keep its requests from the routes below.
    guest.page.add_init_script("delete Navigator.prototype.serviceWorker")
    outage = Outage(guest.context)
    guest.open("/#/s/sto_market")
    guest.page.get_by_text(CAUSE).wait_for()
    guest.see("outage.order")
    guest.check_screen("menu in an outage")
    guest.page.locator(".product:not(.gone) .add").first.click()
    guest.go_to_checkout()
    guest.page.get_by_role("radio", name=guest.say("fulfillment.pickup")).click()
    guest.page.get_by_label(guest.say("field.phone")).fill(f"136{randbelow(10**8):08}")
    guest.see("checkout.later")
    guest.page.locator(".checkout aside").get_by_role("button", name=guest.say("pay.place")).click()

    guest.see("status.received")
    guest.see("track.held")
    guest.check_screen("received order")
    guest.page.reload()
    guest.see("status.received")
    guest.open("/#/orders")
    guest.see("status.received")

    guest.page.get_by_role("link", name=guest.say("status.received")).click()
    guest.see("track.held")
    outage.over = True
    guest.see("status.placed")
    expect(guest.button("pay.now")).to_be_visible()
    guest.see("track.live")
    guest.open("/#/outbox")
    guest.see("outbox.none")
