"""At the checkout a buyer chooses whom to pay by, and with what the device in hand can do."""

import re
from secrets import randbelow
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from playwright.sync_api import expect

from tests.browser.test_order_story import DISH
from tests.browser.visitor import Visitor

IN_WECHAT = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Mobile MicroMessenger/8.0.55"
# WeChat's own sheet: closed at first, then paid at the practice company.
SHEET = """
window.sheets = [];
window.WeixinJSBridge = {
  invoke: async (name, terms, heard) => {
    window.sheets.push(name);
    if (window.sheets.length === 1) return heard({ err_msg: `${name}:cancel` });
    await fetch(`/_local/wechat_pay/pay/${terms.package.replace('prepay_id=wx', '')}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ outcome: 'succeeded' }),
    });
    return heard({ err_msg: `${name}:ok` });
  },
};
"""


def at_the_checkout(visit, width, language):
    guest = visit(width, language)
    guest.open("/t/sto_noodles/A2")
    guest.page.get_by_role("button", name=DISH[language], exact=True).wait_for()
    guest.put_in_cart(DISH[language])
    guest.go_to_checkout()
    phone = f"137{randbelow(10**8):08}"  # somebody else each time: nobody orders the same twice
    guest.page.get_by_label(guest.say("field.phone")).fill(phone)
    return guest


def ways(guest):
    return guest.page.locator("input[name=way]")


def choose(guest, way):
    guest.page.locator(f"input[name=way][value='{way}']").check()
    summary = guest.page.locator(".checkout aside")
    summary.get_by_role("button", name=guest.say("pay.now")).click()


def test_paypal_declines_and_another_company_is_paid_instead(visit):
    guest = at_the_checkout(visit, 1280, "en")
    guest.check_screen("checkout with every company")
    choose(guest, "paypal:wallet")
    guest.page.wait_for_url(re.compile("/_local/paypal/pay/"))
    guest.page.locator("button[value=failed]").click()
    guest.see("pay.again")

    guest.page.locator("input[name=way][value='sandbox:card']").check()
    guest.button("pay.now").click()
    guest.page.wait_for_url(re.compile("/_local/sandbox/pay/"))
    guest.page.locator("button[value=succeeded]").click()
    guest.see("status.confirmed")


def test_a_card_is_declined_in_the_shop_and_another_one_is_asked_about_at_its_bank(visit):
    guest = at_the_checkout(visit, 390, "zh-CN")
    choose(guest, "stripe:card")
    card = guest.page.get_by_role("form", name=guest.say("card.title"))
    number, pay = card.get_by_label("卡号"), guest.button("pay.now", card)
    expect(pay).to_be_enabled()
    guest.check_screen("card fields")
    number.fill("4000 0000 0000 0002")
    pay.click()
    guest.see("pay.again")
    guest.button("pay.now").click()  # by the same way, which is picked already
    expect(pay).to_be_enabled()
    number.fill("4000 0027 6000 3184")
    pay.click()
    guest.page.wait_for_url(re.compile("/_local/stripe/pay/"))
    guest.page.get_by_role("button", name="支付", exact=True).click()
    guest.see("status.confirmed")


@pytest.mark.parametrize("way", ["alipay:qr", "wechat_pay:qr"])
def test_a_code_on_the_desktop_is_scanned_and_the_page_follows(visit, way):
    guest = at_the_checkout(visit, 1280, "zh-CN")
    choose(guest, way)
    code = guest.page.get_by_role("img", name=guest.say("pay.code"))
    expect(code).to_be_visible()
    guest.page.wait_for_function("document.querySelector('img.qr').naturalWidth > 100")
    guest.check_screen("a code to scan")
    (scanned,) = parse_qs(urlsplit(code.get_attribute("src")).query)["text"]
    paid = urllib3.request("POST", scanned, json={"outcome": "succeeded"})
    assert paid.status == 200, paid.data
    guest.see("status.confirmed")


@pytest.fixture
def in_wechat(chromium, stack):
    visitors = []

    def open_profile(width, language):
        visitors.append(Visitor(chromium, stack.url, width, language, user_agent=IN_WECHAT))
        visitors[-1].context.add_init_script(SHEET)
        return visitors[-1]

    yield open_profile
    for visitor in visitors:
        visitor.leave()


def test_within_wechat_its_own_sheet_takes_the_money_of_whoever_it_says_is_there(in_wechat):
    guest = at_the_checkout(in_wechat, 390, "zh-CN")
    choose(guest, "wechat_pay:wallet")
    pay = guest.button("wechat.pay")
    expect(pay).to_be_enabled()
    assert guest.page.evaluate("window.sheets") == ["getBrandWCPayRequest"]
    assert "code=" not in guest.page.url
    guest.check_screen("a sheet that was closed")
    pay.click()
    guest.see("status.confirmed")


def test_a_phone_is_offered_no_code_that_it_would_have_to_scan_from_itself(visit):
    guest = at_the_checkout(visit, 390, "en")
    expect(ways(guest).first).to_be_visible()
    values = {way.get_attribute("value") for way in ways(guest).all()}
    assert {"paypal:wallet", "alipay:wallet", "wechat_pay:wallet"} <= values
    assert not values & {"alipay:qr", "wechat_pay:qr"}
