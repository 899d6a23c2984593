"""Paying by card in the shop's own page, in another currency: the fields are Stripe's.

Stripe.js comes from Stripe alone and cannot be had here. What stands in for it speaks its
documented interface; what it sends there settles the payment at the company double, whose webhook
follows.
"""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from playwright.sync_api import expect

from chalicelib.config import settings
from chalicelib.domain.charges import ChargeRate
from chalicelib.services import catalogue
from tests.browser.visitor import Visitor
from tests.factories import MARKET, a_store
from tests.http import Client
from tests.stripe_company import StripeCompany

DECLINED = "4000000000000002"
STRIPE_JS = """
window.Stripe = (key) => ({
  elements: ({ clientSecret }) => ({
    clientSecret,
    create: () => {
      const heard = {};
      const field = Object.assign(document.createElement('input'), { ariaLabel: 'Card number' });
      return {
        on: (name, act) => { heard[name] = act; },
        mount: (place) => { place.append(field); setTimeout(() => heard.ready()); },
        destroy: () => field.remove(),
      };
    },
  }),
  confirmPayment: async ({ elements, confirmParams, redirect }) => {
    const number = document.querySelector('input[aria-label="Card number"]').value;
    const wish = { key, secret: elements.clientSecret, number, redirect, ...confirmParams };
    const body = JSON.stringify(wish);
    return (await fetch('https://api.stripe.com/v1/confirm', { method: 'POST', body })).json();
  },
});
"""


@pytest.fixture
def stripe(shop):
    now = datetime.now(UTC)
    rate = ChargeRate(
        currency="USD", rate="0.1405", source="European Central Bank", rated_at=now,
        valid_until=now + timedelta(hours=1),
    )  # fmt: skip
    store = a_store(fulfillment_types=("pickup",), charge_currencies=(rate,))
    catalogue.publish(
        lambda old: msgspec.structs.replace(old, stores={**old.stores, MARKET: store})
    )
    with StripeCompany() as company:
        company.register(publishable_key="pk_test_1")
        yield company


@pytest.fixture
def guest(chromium, stripe):
    """At the application itself: each request of the browser is answered in this process."""
    origin = settings().public_url.rstrip("/")
    visitor = Visitor(chromium, origin, 1280, "en", service_workers="block")
    with Client() as client:
        visitor.context.route(f"{origin}/**", lambda route: forward(client, origin, route))
        visitor.context.route(
            "https://js.stripe.com/**",
            lambda route: route.fulfill(content_type="text/javascript", body=STRIPE_JS),
        )
        visitor.context.route("https://api.stripe.com/**", lambda route: confirm(stripe, route))
        yield visitor
        visitor.leave()


def forward(client, origin, route):
    asked = route.request
    path = asked.url.removeprefix(origin)
    headers = {name.title(): value for name, value in asked.headers.items()}
    answer = client.send(asked.method, path, headers=headers, raw=asked.post_data_buffer or b"")
    route.fulfill(status=answer.status, headers=answer.headers, body=answer.content)


def confirm(stripe, route):
    wish = json.loads(route.request.post_data)
    assert (wish["key"], wish["redirect"]) == ("pk_test_1", "if_required")
    assert "?o=ord_" in wish["return_url"]
    if wish["number"] == DECLINED:
        answer = {"error": {"message": "Your card was declined."}}
    else:
        stripe.deliver(stripe.pay(wish["secret"].partition("_secret_")[0]))
        answer = {"paymentIntent": {"status": "succeeded"}}
    route.fulfill(json=answer, headers={"Access-Control-Allow-Origin": "*"})


def test_a_card_is_declined_and_another_one_pays_in_dollars(guest, stripe):
    guest.open(f"/#/s/{MARKET}")
    guest.put_in_cart("Bread")
    guest.go_to_checkout()
    guest.page.get_by_label(guest.say("field.phone")).fill("13700000001")
    guest.page.locator("input[name=currency][value=USD]").check()
    guest.check_screen("checkout with another currency")
    summary = guest.page.locator(".checkout aside")
    summary.get_by_role("button", name="$1.69").click()

    card = guest.page.get_by_role("form", name=guest.say("card.title"))
    pay = card.get_by_role("button", name="$1.69")
    expect(pay).to_be_enabled()
    guest.check_screen("card fields")
    card.get_by_label("Card number").fill(DECLINED)
    pay.click()
    expect(card.get_by_role("alert")).to_contain_text("Your card was declined.")
    card.get_by_label("Card number").fill("4242424242424242")
    pay.click()
    guest.see("status.confirmed")
    guest.see("charge.taken", amount="$1.69 USD")
    (intent,) = stripe.intents.values()
    assert (intent["amount"], intent["currency"], intent["status"]) == (169, "usd", "succeeded")
