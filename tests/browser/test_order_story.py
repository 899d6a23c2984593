"""An order's whole life by hand: a stranger orders and pays, staff take it to completion."""

import re

import pytest
from playwright.sync_api import expect

DISH = {"zh-CN": "红烧牛肉面", "en": "Braised Beef Noodles"}
STEPS = ["accept", "prepare", "ready", "complete"]


def order_at_the_table(guest, phone):
    """From the table's QR code to the payment company's page."""
    guest.open("/t/sto_noodles/A1")
    guest.page.get_by_role("button", name=DISH[guest.language], exact=True).wait_for()
    guest.check_screen("menu")
    guest.put_in_cart(DISH[guest.language])
    guest.go_to_checkout()
    expect(guest.page.get_by_label(guest.say("field.table"))).to_have_value("A1")
    guest.page.get_by_label(guest.say("field.phone")).fill(phone)
    guest.check_screen("checkout")
    guest.page.locator(".checkout aside").get_by_role("button", name=guest.say("pay.now")).click()


def pay(buyer, outcome):
    """On the payment company's page, which leads back to the shop."""
    buyer.page.locator(f"button[value={outcome}]").click()


def number_of(guest):
    return guest.page.locator(".track-head .number").first.inner_text()


@pytest.mark.parametrize(("width", "language"), [(390, "zh-CN"), (1280, "en")])
def test_a_table_orders_pays_and_is_served(visit, width, language):
    guest, clerk = visit(width, language), visit(width, language)
    order_at_the_table(guest, f"138{width:08}")
    pay(guest, "failed")
    guest.see("pay.again")
    guest.check_screen("declined payment")
    guest.button("pay.now").click()
    pay(guest, "succeeded")
    guest.see("status.confirmed")
    guest.check_screen("tracking")
    number = number_of(guest)

    clerk.open("/ops")
    clerk.check_screen("staff sign-in")
    clerk.sign_in("clerk@example.com")
    clerk.page.locator("header select").select_option("sto_noodles")
    for step in STEPS:
        place = "kitchen" if step in {"prepare", "ready"} else "board"
        clerk.open(f"/ops#/{place}")
        if clerk.phone and place == "board":
            column = clerk.say("board.confirmed" if step == "accept" else "board.ready")
            clerk.page.get_by_role("radio", name=re.compile(rf"^{column} \d")).click()
        ticket = clerk.page.get_by_role("article", name=number).locator("visible=true")
        ticket.wait_for()
        if step in {"accept", "prepare"}:
            clerk.check_screen(place)
        clerk.button(f"step.do.{step}", ticket).click()
        expect(clerk.button(f"step.do.{step}", ticket)).to_have_count(0)

    guest.see("status.completed")
    guest.check_screen("completed order")
    expect(guest.page.locator(".steps .done")).to_have_count(6)

    clerk.open(f"/ops#/board?order={guest.page.url.rpartition('/')[2].partition('?')[0]}")
    clerk.button("orderlog.show").click()
    clerk.see("orderlog.words")
    expect(clerk.page.get_by_text("127.0.0.1").first).to_be_visible()
    clerk.check_screen("operation log")


def change_to_one_more(customer):
    """A paid order that gets dearer is changed once the difference is paid."""
    customer.page.get_by_role("button", name=customer.say("change"), exact=True).click()
    dialog = customer.page.get_by_role("dialog")
    dialog.locator(".stepper button").last.click()
    customer.check_screen("changing")
    customer.button("change.do", dialog).click()
    customer.see("edit.waits")
    customer.check_screen("a change to be paid")
    customer.button("pay.now").click()
    pay(customer, "succeeded")
    customer.see("event.order.changed")


@pytest.mark.parametrize(
    ("width", "language", "email"),
    [(390, "en", "customer1@example.com"), (1280, "zh-CN", "customer2@example.com")],
)
def test_a_customer_finds_order_and_messages_in_their_account(visit, width, language, email):
    customer = visit(width, language)
    customer.open("/#/account/sign-in?next=s%2Fsto_market")
    customer.sign_in(email)
    customer.page.locator(".product .add").first.wait_for()
    customer.page.get_by_role("searchbox").fill("wuchang")
    product = customer.page.locator(".product:not(.gone)").first
    product.locator(".add").click()
    customer.go_to_checkout()
    customer.page.get_by_role("radio", name=customer.say("fulfillment.pickup")).click()
    customer.page.locator(".checkout aside").get_by_role(
        "button", name=customer.say("pay.now")
    ).click()
    pay(customer, "succeeded")
    customer.see("status.confirmed")
    number = number_of(customer)
    change_to_one_more(customer)

    customer.open("/#/orders")
    customer.page.get_by_role("link", name=number).wait_for()
    customer.check_screen("my orders")
    customer.open("/#/inbox")
    customer.page.get_by_text(number).first.wait_for()
    customer.check_screen("inbox")
    customer.open("/#/account")
    customer.page.get_by_role("button", name=customer.say("signOut")).click()
    customer.see("stores")
    customer.open("/#/orders")
    customer.see("orders.none")
