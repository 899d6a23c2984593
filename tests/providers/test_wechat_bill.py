"""WeChat Pay's bill of a day: downloaded, checked against its sum, read with its fees."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.money import Money
from chalicelib.providers.wechat_pay import PROVIDER
from chalicelib.services.reconciliation import day_in
from tests.providers import wechat_sdk
from tests.providers.http_double import Answer, HttpDouble, until
from tests.providers.wechat_company import PRICE, Company, pay

BEIJING = PROVIDER.statement_day.offset


@pytest.fixture
def company(practice):
    return Company(practice.secrets["wechat_pay"], practice.shop)


def day_of(moment):
    return day_in(BEIJING, (moment.astimezone(UTC) + BEIJING).date())


def billed(company, moment, payment):
    lines = PROVIDER.list_statement(company.secrets, day_of(moment))
    return [one for one in lines if one.payment_id == payment.payment_id]


def test_what_was_taken_and_given_back_is_on_the_bill_of_its_day(company):
    payment, begun = company.start()
    pay(begun.next_action.qr_data, "succeeded")
    assert until(lambda: company.heard(payment))
    (told,) = company.heard(payment)
    wish = company.refund(payment, 500)
    PROVIDER.refund(company.secrets, wish)
    assert until(lambda: company.heard(payment, "refund"))
    (given,) = company.heard(payment, "refund")
    (taken,) = [one for one in billed(company, told.occurred_at, payment) if one.kind == "payment"]
    assert (taken.reference, taken.amount, taken.fee, taken.occurred_at) == (
        told.reference, PRICE, Money(8, "CNY"), told.occurred_at,
    )  # fmt: skip
    (back,) = [one for one in billed(company, given.occurred_at, payment) if one.kind == "refund"]
    assert (back.refund_id, back.order_id, back.amount, back.fee) == (
        wish.refund_id, payment.order_id, Money(500, "CNY"), Money(3, "CNY"),
    )  # fmt: skip
    long_ago = told.occurred_at - timedelta(days=30)
    assert list(PROVIDER.list_statement(company.secrets, day_of(long_ago))) == []


def test_a_bill_that_is_not_the_announced_one_is_not_read():
    where = {"download_url": "https://elsewhere.example/bill?token=1", "hash_value": "0" * 40}
    body = json.dumps(where)

    def respond(asked):
        is_file = asked.path == "/bill?token=1"
        signed = wechat_sdk.signed_headers(body, datetime.now(UTC))
        return Answer(200, b"not the bill") if is_file else Answer(200, body.encode(), signed)

    with HttpDouble(respond) as double, pytest.raises(Unavailable):
        PROVIDER.list_statement(wechat_sdk.secrets(double.base), day_of(datetime.now(UTC)))
    assert [asked.path for asked in double.asked][1:] == ["/bill?token=1"]
