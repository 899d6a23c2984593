"""A customer is asked about a missing product, on a phone and on a desktop, and answers."""

import pytest
from playwright.sync_api import expect

from chalicelib.domain.ids import fresh
from tests.journeys.people import Person


def an_order_with_a_question(url):
    """A guest's order of two products, one of which the kitchen misses."""
    stocked = Person(url).get("/v1/products?store_id=sto_market&limit=100")["items"]
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
    asked = Person(url, "kitchen@example.com").send(
        "POST",
        f"/v1/ops/orders/{order.json['order_id']}/questions",
        {"kind": "substitute", "line_id": "line_2", "substitute_sku": plain[2]["sku"]},
    )
    assert asked.status == 201, asked.json
    return order.json


@pytest.mark.parametrize(("width", "language"), [(390, "zh-CN"), (1280, "en")])
def test_the_question_stands_on_the_orders_page_until_it_is_answered(visit, width, language):
    guest = visit(width, language)
    order = an_order_with_a_question(guest.url)
    guest.open(f"/#/o/{order['order_id']}?t={order['guest_token']}")
    question = guest.page.locator(".question")
    expect(question.get_by_role("button")).to_have_count(3)
    guest.check_screen("question")

    question.get_by_role("button").nth(1).click()

    expect(question).to_have_count(0)
    guest.see("event.question.answered")
    guest.check_screen("answered")
