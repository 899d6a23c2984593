"""What the companies' own SDKs sign moves orders of the deployed stage, and nothing else does."""

import pytest
import urllib3

from tests.support.notices.alipay import Alipay
from tests.support.notices.base import Told
from tests.support.notices.paypal import PayPal
from tests.support.notices.stripe import Stripe
from tests.support.notices.wechat_pay import WeChatPay

COMPANIES = (Alipay, PayPal, Stripe, WeChatPay)
SIGNED = [(company, sdk) for company in COMPANIES for sdk in company.signers]


@pytest.fixture
def post(stack):
    """The answer to a notice at the stage's front door: status and text."""

    def posted(name, notice):
        url = f"{stack.url}/v1/webhooks/payments/{name}"
        answer = urllib3.request(
            "POST", url, body=notice.body, headers=dict(notice.headers), retries=False, timeout=30
        )
        return answer.status, answer.data.decode()

    return posted


@pytest.fixture
def told(ada, lines):
    """An order with a payment that nobody made yet."""

    def begun(way):
        order = ada.place(line_items=lines(index=6)).json
        payment = ada.pay(order, None, **way)
        return Told(order, payment, ada.page_of(payment))

    return begun


def pay_silently(told):
    """At the company, which then says nothing, so that its books hold the payment."""
    answer = urllib3.request("POST", told.page, json={"outcome": "webhook_lost"}, retries=False)
    assert answer.status == 200, answer.data


@pytest.mark.parametrize(
    ("company", "sdk"), SIGNED, ids=lambda value: getattr(value, "name", value)
)
def test_what_an_sdk_signs_confirms_the_order_once(stack, ada, told, post, company, sdk):
    company = company(stack)
    ours = told(company.way)
    if company.is_asked_back:
        pay_silently(ours)
    notice = company.paid(ours, sdk)
    answers = [post(company.name, notice) for _ in range(2)]

    assert answers == [company.accepted] * 2
    order = ada.order(ours.order)
    assert (order["status"], order["payment_status"]) == ("confirmed", "paid")
    types = [event["type"] for event in order["events"]]
    assert types.count("payment.captured") == 1
    if not company.is_asked_back:
        pay_silently(ours)


@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.name)
def test_what_is_signed_otherwise_is_refused_and_changes_nothing(stack, ada, told, post, company):
    company = company(stack)
    ours = told(company.way)
    before = ada.order(ours.order)
    forged = company.forged(ours)
    answers = {why: post(company.name, notice) for why, notice in forged.items()}

    assert answers == dict.fromkeys(forged, company.refused)
    assert ada.order(ours.order) == before
