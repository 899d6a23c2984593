"""Our side of Alipay against the practice Alipay, from the first page to the last refund."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.providers.alipay import PROVIDER
from chalicelib.providers.base import (
    InvalidSignature,
    ProviderRefused,
    RefundPayment,
    StartPayment,
)
from tests.providers.alipay_company import notified, pay


@pytest.fixture
def secrets(practice):
    return practice.secrets["alipay"]


@pytest.fixture
def shop(practice):
    return practice.shop


def started(secrets, shop, **changes):
    terms = {
        "payment_id": fresh("pay"),
        "order_id": fresh("ord"),
        "order_number": "22-K7MQ4",
        "method": "wallet",
        "amount": Money(1299, "CNY"),
        "return_url": "https://shop.example/?o=1#/x",
        "webhook_url": f"{shop.base}/hook",
        "expires_at": datetime.now(UTC) + timedelta(minutes=15),
        "language": "en",
    }
    payment = StartPayment(**terms | changes)
    action = PROVIDER.start(secrets, payment).next_action
    return payment, action.url or action.qr_data


def heard(secrets, shop, payment_id, count=1):
    told = notified(shop, payment_id, count)
    return [PROVIDER.verify(secrets, webhook, datetime.now(UTC)) for webhook in told]


def a_refund(payment, minor):
    return RefundPayment(
        refund_id=fresh("ref"),
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        reference=payment.payment_id,
        amount=Money(minor, "CNY"),
        captured=payment.amount,
        reason="cold: 50% & 面",
        webhook_url=payment.webhook_url,
    )


def test_a_payment_is_opened_paid_told_found_and_given_back(secrets, shop):
    payment, url = started(secrets, shop)
    ours = payment.payment_id
    assert PROVIDER.ask(secrets, ours, ours).kind == "payment.unknown"  # nobody was there yet
    page = urllib3.request("GET", url)
    assert "22-K7MQ4" in page.data.decode()
    assert PROVIDER.ask(secrets, ours, ours).kind == "payment.pending"

    pay(url)
    (told,) = heard(secrets, shop, ours)
    found = PROVIDER.ask(secrets, ours, None)
    for event in (told, found):
        assert (event.kind, event.order_id, event.payment_id, event.amount) == (
            "payment.captured", payment.order_id, ours, payment.amount,
        )  # fmt: skip
    assert told.reference == found.reference == PROVIDER.ask(secrets, "", told.reference).reference
    assert PROVIDER.close(secrets, ours, None).kind == "payment.captured"

    part, rest = a_refund(payment, 500), a_refund(payment, 799)
    assert PROVIDER.ask_refund(secrets, part).kind == "refund.unknown"
    given = PROVIDER.refund(secrets, part)
    assert (given.kind, given.refund_id, given.amount) == (
        "refund.succeeded", part.refund_id, part.amount,
    )  # fmt: skip
    assert PROVIDER.refund(secrets, part) == PROVIDER.ask_refund(secrets, part) == given
    with pytest.raises(ProviderRefused, match=r"ACQ\.REASON_TRADE_REFUND_FEE_ERR"):
        PROVIDER.refund(secrets, a_refund(payment, 800))
    assert PROVIDER.refund(secrets, rest).kind == "refund.succeeded"
    partly, wholly = heard(secrets, shop, ours, 3)[1:]
    assert [(event.kind, event.refund_id, event.raw_type) for event in (partly, wholly)] == [
        ("refund.succeeded", part.refund_id, "TRADE_SUCCESS"),
        ("refund.succeeded", rest.refund_id, "TRADE_CLOSED"),
    ]
    # Closed for it was all given back, not for nobody paid.
    assert PROVIDER.ask(secrets, ours, None).kind == "payment.captured"


def test_a_phone_pays_in_the_app_and_who_gives_up_can_try_again(secrets, shop):
    payment, url = started(secrets, shop, device="phone", language="zh-CN")
    pay(url, "failed")
    assert PROVIDER.ask(secrets, payment.payment_id, None).kind == "payment.pending"
    pay(url)
    (told,) = heard(secrets, shop, payment.payment_id)
    assert told.kind == "payment.captured"


def test_a_page_that_was_closed_can_no_longer_be_paid(secrets, shop):
    payment, url = started(secrets, shop)
    urllib3.request("GET", url)
    for _ in range(2):
        assert PROVIDER.close(secrets, payment.payment_id, None).kind == "payment.expired"
    answer = urllib3.request("POST", url, json={"outcome": "succeeded"}, redirect=False)
    assert answer.status == 409
    (told,) = heard(secrets, shop, payment.payment_id)
    assert (told.kind, told.raw_type) == ("payment.expired", "TRADE_CLOSED")


def test_a_code_that_nobody_scanned_is_unknown_and_ends_by_itself(secrets, shop):
    payment, code = started(secrets, shop, method="qr")
    assert PROVIDER.ask(secrets, payment.payment_id, None).kind == "payment.unknown"
    assert PROVIDER.close(secrets, payment.payment_id, None).kind == "payment.expired"
    pay(code)  # a shown code is out of our hands until its time is over: the money comes late
    (told,) = heard(secrets, shop, payment.payment_id)
    assert told.kind == "payment.captured"

    soon = datetime.now(UTC) + timedelta(seconds=1)
    lapsed, code = started(secrets, shop, method="qr", expires_at=soon)
    time.sleep(2)
    answer = urllib3.request("POST", code, json={"outcome": "succeeded"}, redirect=False)
    assert answer.status == 409
    assert PROVIDER.ask(secrets, lapsed.payment_id, None).kind == "payment.expired"


def test_faults_on_demand_are_told_as_a_company_would_tell_them(secrets, shop):
    payment, url = started(secrets, shop)
    pay(url, "wrong_amount")
    (told,) = heard(secrets, shop, payment.payment_id)
    assert told.amount == Money(1298, "CNY")

    payment, url = started(secrets, shop)
    pay(url, "out_of_order")
    kinds = [event.kind for event in heard(secrets, shop, payment.payment_id, 2)]
    assert kinds == ["payment.captured", "payment.pending"]

    payment, url = started(secrets, shop)
    pay(url, "duplicated")
    first, *again = heard(secrets, shop, payment.payment_id, 3)
    assert [event.event_id for event in again] == [first.event_id] * 2

    payment, url = started(secrets, shop)
    pay(url, "badly_signed")
    (forged,) = notified(shop, payment.payment_id)
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(secrets, forged, datetime.now(UTC))

    payment, url = started(secrets, shop)
    pay(url, "webhook_lost")
    assert PROVIDER.ask(secrets, payment.payment_id, None).kind == "payment.captured"
    assert not [asked for asked in shop.asked if payment.payment_id.encode() in asked.body]
