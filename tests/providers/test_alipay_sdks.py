"""The practice Alipay, and what Docket takes for Alipay's word, by the SDKs that others wrote."""

from urllib.parse import parse_qsl

import pytest
import urllib3
from alipay import AliPay
from alipay.exceptions import AliPayException

from chalicelib.domain.ids import fresh
from infra.local.counterparts import base_keys
from tests.providers.alipay_company import notified, pay
from tests.providers.node_sdk import NodeSdk

NODE = NodeSdk("alipay_sdk.cjs")


@pytest.fixture
def secrets(practice):
    return practice.secrets["alipay"]


@pytest.fixture
def shop(practice):
    return practice.shop


def test_a_request_that_we_did_not_sign_is_refused_as_alipay_refuses(secrets):
    broken = secrets | {"app_id": "2021000000000666"}
    with pytest.raises(RuntimeError, match="invalid-app-id"):
        ask_by_node(broken, "alipay.trade.query", {"outTradeNo": "x"})
    stranger = secrets | {"app_private_key": _somebody_s_key()}
    with pytest.raises(RuntimeError, match="invalid-signature"):
        ask_by_node(stranger, "alipay.trade.query", {"outTradeNo": "x"})


def _somebody_s_key():
    return base_keys.private_pem(base_keys.new_key())


def account(secrets):
    return {
        "appId": secrets["app_id"],
        "privateKey": secrets["app_private_key"],
        "alipayPublicKey": secrets["alipay_public_key"],
        "gateway": secrets["gateway"],
    }


def ask_by_node(secrets, method, content, **urls):
    answer = NODE.ask("ask", account=account(secrets), method=method, content=content, urls=urls)
    if answer["code"] != "10000":
        raise RuntimeError(answer["sub_code"])
    return answer


def fields_of(webhook):
    return dict(parse_qsl(webhook.body.decode(), keep_blank_values=True))


def test_alipay_s_own_sdk_pays_at_the_counterpart_and_trusts_what_it_says(secrets, shop):
    ours = fresh("pay")
    content = {"outTradeNo": ours, "totalAmount": "12.99", "subject": "面 50% off"}
    code = ask_by_node(secrets, "alipay.trade.precreate", content, notify_url=f"{shop.base}/hook")[
        "qr_code"
    ]
    with pytest.raises(RuntimeError, match=r"ACQ\.TRADE_NOT_EXIST"):
        ask_by_node(secrets, "alipay.trade.query", {"outTradeNo": ours})
    pay(code)
    trade = ask_by_node(secrets, "alipay.trade.query", {"outTradeNo": ours})
    assert (trade["trade_status"], trade["total_amount"]) == ("TRADE_SUCCESS", "12.99")
    wish = {"outTradeNo": ours, "outRequestNo": "r1", "refundAmount": "2.99"}
    assert ask_by_node(secrets, "alipay.trade.refund", wish)["fund_change"] == "Y"
    assert ask_by_node(secrets, "alipay.trade.refund", wish)["fund_change"] == "N"
    with pytest.raises(RuntimeError, match=r"ACQ\.TRADE_STATUS_ERROR"):
        ask_by_node(secrets, "alipay.trade.close", {"outTradeNo": ours})
    for webhook in notified(shop, ours, 2):
        fields = fields_of(webhook)
        assert fields["body"] == ""
        assert NODE.ask("is_notification", account=account(secrets), fields=fields) is True
        fields["total_amount"] = "12.98"
        assert NODE.ask("is_notification", account=account(secrets), fields=fields) is False


def test_the_sdk_s_address_of_a_page_opens_the_counterpart_s(secrets, shop):
    content = {"outTradeNo": fresh("pay"), "totalAmount": "0.01", "subject": "Order 1"}
    url = NODE.ask(
        "page", account=account(secrets), method="alipay.trade.page.pay", content=content,
        urls={"notifyUrl": f"{shop.base}/hook"},
    )  # fmt: skip
    assert "0.01" in urllib3.request("GET", url).data.decode()


def python_sdk(secrets):
    client = AliPay(
        appid=secrets["app_id"],
        app_private_key_string=secrets["app_private_key"],
        alipay_public_key_string=secrets["alipay_public_key"],
    )
    client._gateway = secrets["gateway"]
    return client


def test_the_sdk_for_python_pays_at_the_counterpart_too(secrets, shop):
    client, ours = python_sdk(secrets), fresh("pay")
    opened = client.api_alipay_trade_precreate(
        subject="面", out_trade_no=ours, total_amount="5.00", notify_url=f"{shop.base}/hook"
    )
    pay(opened["qr_code"])
    assert client.api_alipay_trade_query(out_trade_no=ours)["trade_status"] == "TRADE_SUCCESS"
    given = client.api_alipay_trade_refund("5.00", out_trade_no=ours, out_request_no="all")
    assert given["fund_change"] == "Y"
    found = client.api_alipay_trade_fastpay_refund_query("all", out_trade_no=ours)
    assert found["refund_status"] == "REFUND_SUCCESS"
    assert client.api_alipay_trade_query(out_trade_no=ours)["trade_status"] == "TRADE_CLOSED"
    for webhook in notified(shop, ours, 2):
        fields = fields_of(webhook)
        assert client.verify(fields, fields.pop("sign"))
    with pytest.raises(AliPayException, match="invalid-method"):
        client.server_api("alipay.trade.astonish", {})
