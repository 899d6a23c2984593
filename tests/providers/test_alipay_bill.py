"""Alipay's statement of a day: downloaded, unpacked, read with its fees."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.providers import _alipay_bill
from chalicelib.providers.alipay import PROVIDER
from chalicelib.providers.base import RefundPayment, StartPayment
from chalicelib.services.reconciliation import day_in
from tests.contract.provider_samples import alipay as sample
from tests.providers.alipay_company import pay
from tests.providers.http_double import HttpDouble

PRICE = Money(1299, "CNY")
BEIJING = PROVIDER.statement_day.offset


def today():
    return day_in(BEIJING, (datetime.now(UTC) + BEIJING).date())


def test_what_was_taken_and_given_back_is_on_the_statement_of_its_day(practice):
    secrets = practice.secrets["alipay"]
    ids = {"payment_id": fresh("pay"), "order_id": fresh("ord")}
    begun = PROVIDER.start(
        secrets,
        StartPayment(
            **ids, order_number="22-K7MQ4", method="qr", amount=PRICE, language="en",
            return_url="https://shop.example/", webhook_url=f"{practice.shop.base}/hook",
            expires_at=datetime.now(UTC) + timedelta(minutes=15),
        ),
    )  # fmt: skip
    pay(begun.next_action.qr_data)
    wish = RefundPayment(
        **ids, refund_id=fresh("ref"), reference="", amount=Money(500, "CNY"), captured=PRICE,
        reason="cold", webhook_url="",
    )  # fmt: skip
    PROVIDER.refund(secrets, wish)
    listed = PROVIDER.list_statement(secrets, today())
    ours = [one for one in listed if one.payment_id == ids["payment_id"]]
    assert [(one.kind, one.amount, one.fee, one.refund_id) for one in ours] == [
        ("payment", PRICE, Money(8, "CNY"), None),
        ("refund", Money(500, "CNY"), Money(3, "CNY"), wish.refund_id),
    ]
    assert ours[0].reference == PROVIDER.ask(secrets, ids["payment_id"], None).reference
    long_ago = day_in(BEIJING, datetime.now(UTC).date() - timedelta(days=30))
    assert PROVIDER.list_statement(secrets, long_ago) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/bill", "https://alipay.com.example/bill"])
def test_a_statement_at_a_stranger_s_address_is_not_fetched(url):
    told = {"code": "10000", "msg": "Success", "bill_download_url": url}
    method = "alipay.data.dataservice.bill.downloadurl.query"
    with HttpDouble(lambda _: sample.answer(method, told)) as double:
        with pytest.raises(Unavailable, match="no address of Alipay's"):
            PROVIDER.list_statement(sample.secrets(double.base), today())
        assert len(double.asked) == 1


def test_what_cannot_be_unpacked_is_asked_for_again_later():
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("summary.csv", json.dumps({}))
    for packed in (b"<html>busy</html>", empty.getvalue()):
        with pytest.raises(Unavailable):
            _alipay_bill._details(packed)
