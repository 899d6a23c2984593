"""The kitchen asks a customer about a missing product, on a phone and on a desktop."""

import pytest
from playwright.sync_api import expect

from chalicelib.domain.ids import fresh
from tests.journeys.people import Person


def an_order_of_two(url, language):
    """A guest's order; and the name of a third product, which could stand in for one of it."""
    shelf = Person(url).send(
        "GET", "/v1/products?store_id=sto_market&limit=100", Accept_Language=language
    )
    stocked = shelf.json["items"]
    plain = [one for one in stocked if not one["options"] and one["available"] >= 10]
    order = Person(url).send(
        "POST",
        "/v1/orders",
        {
            "store_id": "sto_market",
            "channel": "web",
            "fulfillment": {"type": "pickup"},
            "line_items": [{"sku": one["sku"], "quantity": 1} for one in plain[:2]],
            "contact": {"name": "Ada"},
        },
        Idempotency_Key=fresh("guest-key"),
    )
    assert order.status == 201, order.json
    return order.json, plain[2]["name"]


def ask_in_the_kitchen(cook, order, product):
    """Open the order on the board and offer a product of the cook's choice for its second line."""
    cook.open("/ops")
    cook.sign_in("kitchen@example.com")
    cook.page.locator(".desk").wait_for()
    cook.open(f"/ops#/board?order={order['order_id']}")
    cook.button("ask").click()
    dialog = cook.page.get_by_role("dialog", name=cook.say("ask"))
    dialog.get_by_label(cook.say("ask.line")).select_option("line_2")
    dialog.get_by_text(cook.say("ask.substitute.own")).click()
    dialog.get_by_label(cook.say("ask.product")).fill(product)
    dialog.get_by_role("radio", name=product).check()
    cook.check_screen("asking")
    cook.button("ask.do", dialog).click()
    cook.see("ask.waiting")
    cook.check_screen("waiting for the answer")


@pytest.mark.parametrize(("width", "language"), [(390, "zh-CN"), (1280, "en")])
def test_the_kitchen_asks_the_customer_answers_and_the_kitchen_sees_it(visit, width, language):
    guest, cook = visit(width, language), visit(width, language)
    order, product = an_order_of_two(guest.url, language)
    ask_in_the_kitchen(cook, order, product)

    guest.open(f"/#/o/{order['order_id']}?t={order['guest_token']}")
    question = guest.page.locator(".question")
    expect(question.get_by_role("button")).to_have_count(3)
    expect(question).to_contain_text(product)
    guest.check_screen("question")
    question.get_by_role("button").nth(1).click()

    expect(question).to_have_count(0)
    guest.see("event.question.answered")
    guest.check_screen("answered")
    cook.see("ask.answered", choice=cook.say("question.choice.go_without"))
