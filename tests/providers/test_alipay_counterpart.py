"""Our Alipay against our practice Alipay, and both against the SDKs that others wrote."""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
import urllib3
from alipay import AliPay
from alipay.exceptions import AliPayException

from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.providers.alipay import PROVIDER
from chalicelib.providers.base import (
    InvalidSignature,
    ProviderRefused,
    RawWebhook,
    RefundPayment,
    StartPayment,
)
from tests.providers.counterparts_process import CounterpartsProcess
from tests.providers.http_double import Answer, HttpDouble, until
from tests.providers.node_sdk import NodeSdk

NODE = NodeSdk("alipay_sdk.cjs")


@pytest.fixture(scope="module")
def shop():
    """Where notifications arrive; each is taken."""
    with HttpDouble(lambda _: Answer(200, b"success")) as double:
        yield double


@pytest.fixture(scope="module")
def secrets(shop, tmp_path_factory):
    process = CounterpartsProcess(tmp_path_factory.mktemp("companies"), f"{shop.base}/hook")
    yield process.secrets["alipay"]
    assert process.stop() == 0


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


def pay(url, outcome="succeeded"):
    answer = urllib3.request("POST", url, json={"outcome": outcome}, redirect=False, retries=False)
    assert answer.status == 200, answer.data


def notified(shop, payment_id, count=1):
    """The first notifications about a payment, as they arrived."""

    def about():
        return [a for a in list(shop.asked) if payment_id.encode() in a.body]

    assert until(lambda: len(about()) >= count), f"{len(about())} of {count}"
    return [RawWebhook(asked.body, asked.headers) for asked in about()]


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


def test_a_request_that_we_did_not_sign_is_refused_as_alipay_refuses(secrets):
    broken = secrets | {"app_id": "2021000000000666"}
    with pytest.raises(RuntimeError, match="invalid-app-id"):
        ask_by_node(broken, "alipay.trade.query", {"outTradeNo": "x"})
    stranger = secrets | {"app_private_key": _somebody_s_key()}
    with pytest.raises(RuntimeError, match="invalid-signature"):
        ask_by_node(stranger, "alipay.trade.query", {"outTradeNo": "x"})


def _somebody_s_key():
    from infra.local.counterparts import base_keys

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


@pytest.mark.parametrize("signer", ["node", "python"])
def test_what_an_sdk_signs_as_alipay_is_a_notification(secrets, signer):
    """Made with a key of the test's own, which Docket is told is Alipay's."""
    from infra.local.counterparts import base_keys

    key = base_keys.new_key()
    theirs = base_keys.private_pem(key)
    trusting = secrets | {"alipay_public_key": base_keys.public_pem(key)}
    fields = {
        "app_id": secrets["app_id"], "seller_id": secrets["seller_id"], "notify_id": "1",
        "out_trade_no": "pay_1", "trade_no": "2026", "trade_status": "TRADE_SUCCESS",
        "total_amount": "0.10", "subject": "100% & 面=+", "body": "", "charset": "utf-8",
    }  # fmt: skip
    content = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    if signer == "node":
        signature = NODE.ask("sign", content=content, key=theirs)
    else:
        signature = python_sdk(trusting | {"app_private_key": theirs})._sign(content)
    body = urlencode(fields | {"sign": signature, "sign_type": "RSA2"}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    event = PROVIDER.verify(trusting, RawWebhook(body, headers), datetime.now(UTC))
    assert (event.kind, event.amount) == ("payment.captured", Money(10, "CNY"))
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(secrets, RawWebhook(body, headers), datetime.now(UTC))
