"""The practice WeChat Pay's wire: SDKs that others wrote read it, and it reads them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import urllib3
from wechatpayv3 import WeChatPay, WeChatPayType

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.providers._wechat_pay_envelope import send
from chalicelib.providers.base import ProviderRefused
from tests.providers import wechat_sdk
from tests.providers.http_double import until
from tests.providers.wechat_company import Company, pay


@pytest.fixture
def company(practice):
    return Company(practice.secrets["wechat_pay"], practice.shop)


class TestWrapping:
    def test_its_answers_and_notifications_are_genuine_to_other_sdks(self, company):
        payment, begun = company.start()
        (key,) = company.secrets["platform_keys"].values()
        trade = f"/v3/pay/transactions/out-trade-no/{payment.payment_id}"
        answer = send(company.secrets, "GET", f"{trade}?mchid={company.secrets['mchid']}")
        assert wechat_sdk.ask("is_response", **parts(answer.headers, answer.body), key=key)
        pay(begun.next_action.qr_data, "succeeded")
        assert until(lambda: company.heard(payment))
        (told,) = [asked for asked, event in company.arrived() if event in company.heard(payment)]
        read = wechat_sdk.ask(
            "read_with_other_sdk", **parts(told.headers, told.body), key=key,
            sealed_under=company.secrets["api_v3_key"],
        )  # fmt: skip
        assert read["out_trade_no"] == payment.payment_id

    @pytest.mark.parametrize(
        "change",
        [
            {"merchant_serial": "5F2A"},
            {"merchant_private_key": wechat_sdk.keys("merchant")[0]},
            {"mchid": "1900000000"},
        ],
    )
    def test_what_the_merchant_did_not_sign_is_refused(self, company, change):
        body = {"mchid": company.secrets["mchid"]}
        url = f"{company.secrets['api_base']}/v3/pay/transactions/native"
        answer = urllib3.request("POST", url, json=body, retries=False)
        assert (answer.status, answer.json()["code"]) == (401, "SIGN_ERROR")
        with pytest.raises(Unavailable, match="401"):
            send(company.secrets | change, "POST", "/v3/pay/transactions/native", body)

    @pytest.mark.parametrize(
        "change",
        [
            {"payment_id": "short"},
            {"payment_id": "pay_" + "x" * 30},
            {"webhook_url": "http://shop.example/hook"},
            {"webhook_url": "https://shop.example/hook?a=b"},
            {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)},
            {"amount": Money(0, "CNY")},
            {"method": "wallet", "payer_ip": ""},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_terms_that_wechat_would_not_take_are_refused(self, company, change):
        with pytest.raises(ProviderRefused, match="PARAM_ERROR"):
            company.start(**change)


def parts(headers, body):
    names = ("timestamp", "nonce", "signature")
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: lower[f"wechatpay-{name}"] for name in names} | {"body": body.decode()}


def sdk_of(secrets, webhook_url):
    ((serial, key),) = secrets["platform_keys"].items()
    sdk = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE, mchid=secrets["mchid"], appid=secrets["appid"],
        private_key=secrets["merchant_private_key"], cert_serial_no=secrets["merchant_serial"],
        apiv3_key=secrets["api_v3_key"], notify_url=webhook_url,
        public_key=key, public_key_id=serial,
    )  # fmt: skip
    sdk._core._gate_way = secrets["api_base"]
    return sdk


def test_an_sdk_that_others_wrote_is_served_through_a_whole_payment(company):
    sdk, payment_id = sdk_of(company.secrets, company.webhook_url), fresh("pay")
    end = (datetime.now(UTC) + timedelta(minutes=5)).isoformat(timespec="seconds")
    status, begun = sdk.pay(
        description="Order 22-K7MQ4", out_trade_no=payment_id, amount={"total": 1299},
        attach="ord_sdk", time_expire=end,
    )  # fmt: skip
    assert status == 200, begun
    assert pay(json.loads(begun)["code_url"], "succeeded") == 200

    def told():
        return [asked for asked, _ in company.arrived() if sdk_reads(sdk, asked, payment_id)]

    assert until(told)
    status, found = sdk.query(out_trade_no=payment_id)
    assert (status, json.loads(found)["trade_state"]) == (200, "SUCCESS")
    refund = {"total": 1299, "refund": 1299, "currency": "CNY"}
    status, given = sdk.refund(
        out_refund_no="sdk_refund", out_trade_no=payment_id, amount=refund,
        notify_url=company.webhook_url,
    )  # fmt: skip
    assert (status, json.loads(given)["status"]) == (200, "PROCESSING")


def sdk_reads(sdk, asked, payment_id):
    """Whether the SDK takes this notification for the payment's."""
    if "SIGNTEST" in asked.headers["wechatpay-signature"]:
        return False
    event = sdk.callback(asked.headers, asked.body)
    return bool(event) and event["resource"]["out_trade_no"] == payment_id
