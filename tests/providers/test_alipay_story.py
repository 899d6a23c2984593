"""An order paid through Alipay, over HTTP: genuine notifications, and forged ones."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import boto3
import pytest
from alipay import AliPay

from bench.meter import Meter
from bench.write_units import Ledger
from chalicelib import config
from chalicelib.domain.ids import fresh
from chalicelib.providers.base import RawWebhook
from chalicelib.services import payments, refund_drive, refunds
from chalicelib.services.refunds import RefundRequest
from chalicelib.store.tables import OperationItem
from infra.local.counterparts import base_keys
from tests import tables
from tests.environment import SETTINGS
from tests.factories import MANAGER, cny, order_body
from tests.http import GUEST_KEY
from tests.providers.alipay_company import hinder, notified, pay
from tests.providers.node_sdk import NodeSdk

SECRET = "docket/test/payments/alipay"
NODE = NodeSdk("alipay_sdk.cjs")
HOOK = "/v1/webhooks/payments/alipay"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Buyer:
    """Orders as a guest and pays with Alipay."""

    def __init__(self, client, practice):
        self._client, self._shop = client, practice.shop
        self._key = fresh(GUEST_KEY)  # the company remembers what earlier tests paid
        placed = client.send("POST", "/v1/orders", order_body(), key=self._key).json
        self.order_id = placed["order_id"]
        self._token = f"Guest {placed['guest_token']}"

    def start(self, key="pay", **wish):
        path = f"/v1/orders/{self.order_id}/payments"
        begun = self._client.send(
            "POST", path, {"provider": "alipay", "method": "wallet", **wish},
            key=f"{self._key}-{key}", authorization=self._token,
        )  # fmt: skip
        assert begun.status == 201, begun.text
        return begun.json

    def order(self):
        path = f"/v1/orders/{self.order_id}"
        return self._client.send("GET", path, authorization=self._token).json

    def told(self, payment, count=1):
        return notified(self._shop, payment["payment_id"], count)

    def deliver(self, *webhooks):
        """What Docket answers to each, posted as it came."""
        return [
            self._client.send("POST", HOOK, raw=webhook.body, headers=FORM) for webhook in webhooks
        ]


@pytest.fixture
def guest(client, practice, monkeypatch):
    monkeypatch.setenv("DOCKET_PUBLIC_URL", practice.shop.base)
    config.settings.cache_clear()
    boto3.client("secretsmanager").create_secret(
        Name=SECRET, SecretString=json.dumps(practice.secrets["alipay"])
    )
    yield Buyer(client, practice)
    monkeypatch.undo()
    config.settings.cache_clear()


def kept():
    """What stands in the inbox of webhooks."""
    return [item for item in OperationItem.scan() if item.PK.startswith("webhook#")]


def types_of(order):
    return [event["type"] for event in order["events"]]


def answers(replies):
    return {(reply.status, reply.headers["content-type"], reply.text) for reply in replies}


SUCCESS, FAILURE = (200, "text/plain", "success"), (200, "text/plain", "failure")


@pytest.mark.parametrize("method", ["wallet", "qr"])
def test_alipay_s_word_confirms_the_order_once(guest, method):
    payment = guest.start(method=method)
    action = payment["next_action"]
    assert action["type"] == ("qr_code" if method == "qr" else "redirect")
    assert guest.start(method=method)["next_action"] == action

    pay(action.get("url") or action["qr_data"])
    (genuine,) = guest.told(payment)
    assert answers(guest.deliver(genuine, genuine, genuine)) == {SUCCESS}
    order = guest.order()
    assert (order["status"], order["payment_status"]) == ("confirmed", "paid")
    assert types_of(order).count("payment.captured") == 1
    assert types_of(order).count("order.confirmed") == 1
    assert len([item for item in kept() if item.SK == "event"]) == 1


@pytest.mark.parametrize("signer", ["node", "python"])
def test_what_an_sdk_signs_as_alipay_confirms_the_order(guest, practice, signer):
    """With a key of the test's own, which Docket takes for Alipay's beside the company's."""
    key = base_keys.new_key()
    ours = practice.secrets["alipay"]
    trusted = [ours["alipay_public_key"], base_keys.public_pem(key)]
    boto3.client("secretsmanager").put_secret_value(
        SecretId=SECRET, SecretString=json.dumps(ours | {"alipay_public_key": trusted})
    )
    payment = guest.start()
    fields = {
        "app_id": ours["app_id"], "seller_id": ours["seller_id"], "notify_id": "by-an-sdk",
        "out_trade_no": payment["payment_id"], "trade_no": "2026112222001", "body": "",
        "passback_params": guest.order_id, "trade_status": "TRADE_SUCCESS",
        "total_amount": f"{payment['amount']['amount_minor'] / 100:.2f}", "subject": "100% 面 & +",
    }  # fmt: skip
    assert answers(guest.deliver(_signed(fields, base_keys.new_key(), signer))) == {FAILURE}
    assert guest.order()["status"] == "placed"
    assert answers(guest.deliver(_signed(fields, key, signer))) == {SUCCESS}
    assert guest.order()["payment_status"] == "paid"


def _signed(fields, key, signer):
    content = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    private, public = base_keys.private_pem(key), base_keys.public_pem(key)
    if signer == "node":
        signature = NODE.ask("sign", content=content, key=private)
    else:
        sdk = AliPay(
            appid=fields["app_id"], app_private_key_string=private, alipay_public_key_string=public
        )
        signature = sdk._sign(content)
    return RawWebhook(urlencode(fields | {"sign": signature, "sign_type": "RSA2"}).encode(), {})


def test_a_notification_costs_one_read_and_one_write(guest):
    payment = guest.start()
    pay(payment["next_action"]["url"])
    (genuine,) = guest.told(payment)
    meter = Meter(Ledger({SETTINGS[f"DOCKET_{n}"]: d for n, d in tables.definitions().items()}))
    with meter.running(), meter.measured() as usage:
        assert answers(guest.deliver(genuine)) == {SUCCESS}
    assert usage.call_count == 2, usage.calls


def test_what_alipay_did_not_sign_is_answered_failure_and_leaves_no_trace(guest, client):
    payment = guest.start()
    pay(payment["next_action"]["url"])
    (genuine,) = guest.told(payment)
    before = guest.order()
    forged = [
        RawWebhook(genuine.body.replace(b"TRADE_SUCCESS", b"TRADE_FINISHED"), {}),
        RawWebhook(genuine.body.replace(b"sign_type=RSA2", b"sign_type=RSA"), {}),
        RawWebhook(genuine.body + b"&total_amount=0.01", {}),
        RawWebhook(genuine.body + b"&padding=" + b"x" * 300_000, {}),
        RawWebhook(b"", {}),
        RawWebhook(b"\x00\xff", {}),
    ]
    assert answers(guest.deliver(*forged)) == {FAILURE}
    for media_type in ("application/json", "multipart/form-data; boundary=x", "text/xml"):
        answer = client.send("POST", HOOK, raw=genuine.body, headers={"Content-Type": media_type})
        assert answers([answer]) == {FAILURE}
    assert guest.order() == before
    assert kept() == []
    assert answers(guest.deliver(genuine)) == {SUCCESS}
    assert guest.order()["status"] == "confirmed"


def test_a_lost_notification_is_made_up_for_by_asking(guest):
    payment = guest.start()
    pay(payment["next_action"]["url"], "webhook_lost")
    assert guest.order()["payment_status"] == "pending"
    assert payments.ask_provider(guest.order_id, payment["payment_id"], datetime.now(UTC))
    assert guest.order()["status"] == "confirmed"


def test_another_way_to_pay_closes_the_page_first(guest):
    page = guest.start()
    pay(page["next_action"]["url"], "failed")  # the buyer was there, and gave up
    code = guest.start("again", method="qr")
    assert {known["status"] for known in guest.order()["payments"]} == {"expired", "pending"}
    pay(code["next_action"]["qr_data"])
    replies = guest.deliver(*guest.told(code), *guest.told(page))
    assert answers(replies) == {SUCCESS}
    assert guest.order()["payment_status"] == "paid"


def give_back(order_id, key, minor=None):
    wish = RefundRequest(reason="cold", amount=cny(minor) if minor else None)
    return refunds.request(order_id, wish, MANAGER, key, datetime.now(UTC)).refund


def test_money_goes_back_in_parts_and_what_alipay_tells_of_it_is_no_news(guest):
    payment = guest.start()
    pay(payment["next_action"]["url"])
    guest.deliver(*guest.told(payment))
    assert give_back(guest.order_id, "part", 100).status == "succeeded"
    assert guest.order()["payment_status"] == "partially_refunded"
    assert give_back(guest.order_id, "rest").status == "succeeded"
    refunded = guest.order()
    assert refunded["payment_status"] == "refunded"

    captured, partly, wholly = guest.told(payment, 3)
    assert answers(guest.deliver(wholly, captured, partly, wholly)) == {SUCCESS}
    assert guest.order() == refunded


def test_a_refund_from_alipay_s_console_is_recorded_with_its_own_amount(guest, practice):
    payment = guest.start()
    pay(payment["next_action"]["url"])
    guest.deliver(*guest.told(payment))
    give_back(guest.order_id, "ours", 100)
    console = console_of(practice.secrets["alipay"])
    console.api_alipay_trade_refund(
        "0.50", out_trade_no=payment["payment_id"], out_request_no="by-hand"
    )
    by_hand = guest.told(payment, 3)[2]
    assert answers(guest.deliver(by_hand, by_hand)) == {SUCCESS}
    refunded = guest.order()
    assert sorted(refund["amount"]["amount_minor"] for refund in refunded["refunds"]) == [50, 100]
    assert refunded["payment_status"] == "partially_refunded"


def console_of(secrets):
    """Somebody who acts on the merchant's account beside Docket."""
    console = AliPay(
        appid=secrets["app_id"],
        app_private_key_string=secrets["app_private_key"],
        alipay_public_key_string=secrets["alipay_public_key"],
    )
    console._gateway = secrets["gateway"]
    return console


@pytest.mark.parametrize("fault", ["refused", "lost", "slow", "garbled"])
def test_a_refund_whose_outcome_is_unknown_is_looked_up_and_given_once(guest, practice, fault):
    payment = guest.start()
    pay(payment["next_action"]["url"])
    guest.deliver(*guest.told(payment))
    hinder(practice.secrets["alipay"], fault)
    unknown = give_back(guest.order_id, "part", 100)
    assert unknown.status == "pending"
    assert (
        refund_drive.drive(guest.order_id, unknown.refund_id, datetime.now(UTC)).status
        == "succeeded"
    )

    refunded = guest.order()
    assert (len(refunded["refunds"]), refunded["payment_status"]) == (1, "partially_refunded")
    assert answers(guest.deliver(*guest.told(payment, 2))) == {SUCCESS}
    assert guest.order() == refunded


@pytest.mark.parametrize("fault", ["refused", "lost", "garbled"])
def test_a_code_whose_answer_was_lost_is_asked_for_again(guest, practice, fault):
    hinder(practice.secrets["alipay"], fault)
    with pytest.raises(AssertionError, match="unavailable"):
        guest.start(method="qr")
    code = guest.start(method="qr")
    assert len(guest.order()["payments"]) == 1
    pay(code["next_action"]["qr_data"])
    assert answers(guest.deliver(*guest.told(code))) == {SUCCESS}
    assert guest.order()["status"] == "confirmed"


def test_a_payment_of_an_ended_order_comes_late_and_goes_back(guest, client):
    code = guest.start(method="qr")
    canceled = client.send(
        "POST", f"/v1/orders/{guest.order_id}/cancel", {"reason": "no more"},
        authorization=guest._token,
    )  # fmt: skip
    assert canceled.status == 200
    pay(code["next_action"]["qr_data"])  # nobody can take back a code that was shown
    assert answers(guest.deliver(*guest.told(code))) == {SUCCESS}
    order = guest.order()
    assert (order["status"], order["payment_status"]) == ("canceled", "refunded")
