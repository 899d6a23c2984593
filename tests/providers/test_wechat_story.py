"""Orders over the API, moved by notifications that WeChat Pay's own SDK signed and sealed."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from chalicelib.domain.ids import fresh
from chalicelib.services import refunds
from chalicelib.services.refunds import RefundRequest
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from tests.contract.provider_samples.wechat_pay import refund, trade
from tests.factories import MANAGER, order_body
from tests.http import GUEST_KEY
from tests.providers import wechat_sdk
from tests.providers.http_double import Answer, HttpDouble
from tests.providers.wechat_sdk import MCHID, signed_headers

PATH = "/v1/webhooks/payments/wechat_pay"
REFUSAL = {"code": "FAIL", "message": "失败"}


@pytest.fixture
def wechat():
    """Opens every trade, and takes every refund without finishing it."""

    def respond(asked):
        wish = json.loads(asked.body or b"{}")
        if asked.path.endswith("/native"):
            answer = {"code_url": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}
        else:
            names = {name: wish[name] for name in ("out_refund_no", "out_trade_no")}
            answer = refund(status="PROCESSING", **names)
        body = json.dumps(answer)
        return Answer(200, body.encode(), signed_headers(body, datetime.now(UTC)))

    with HttpDouble(respond) as double:
        yield double


@pytest.fixture
def order(client, wechat):
    """A guest's order whose payment was started, and the way in for notifications about it."""
    boto3.client("secretsmanager").create_secret(
        Name="docket/test/payments/wechat_pay",
        SecretString=json.dumps(wechat_sdk.secrets(wechat.base)),
    )
    return GuestOrder(client)


class GuestOrder:
    def __init__(self, client):
        self.client = client
        placed = client.send("POST", "/v1/orders", order_body(), key=GUEST_KEY).json
        self.order_id, self.total = placed["order_id"], placed["totals"]["total"]["amount_minor"]
        self._token = f"Guest {placed['guest_token']}"
        started = client.send(
            "POST", f"/v1/orders/{self.order_id}/payments",
            {"provider": "wechat_pay", "method": "qr"}, key=f"{GUEST_KEY}-pay",
            authorization=self._token,
        )  # fmt: skip
        self.started, self.payment_id = started.json, started.json["payment_id"]

    def paid(self, **changes):
        amount = {"total": self.total, "payer_total": self.total, "currency": "CNY"}
        content = {"out_trade_no": self.payment_id, "attach": self.order_id, "amount": amount}
        return "TRANSACTION.SUCCESS", trade("SUCCESS", **content | changes)

    def given_back(self, word, refund_id, **changes):
        amount = {"total": self.total, "refund": self.total}
        return f"REFUND.{word}", refund(
            mchid=MCHID, out_trade_no=self.payment_id, refund_status=word,
            out_refund_no=f"{refund_id}@{self.order_id}", amount=amount, **changes,
        )  # fmt: skip

    def notify(self, kind_and_content, event_id="EV-1", when=None, **headers):
        sent = wechat_sdk.notification(*kind_and_content, when or datetime.now(UTC), event_id)
        return self.post(sent.body, {**sent.headers, **headers})

    def post(self, body, headers):
        return self.client.send("POST", PATH, raw=body, headers=dict(headers))

    def now(self):
        return self.client.send(
            "GET", f"/v1/orders/{self.order_id}", authorization=self._token
        ).json

    def types(self):
        return [event["type"] for event in self.now()["events"]]


def test_a_paid_code_confirms_the_order_once_and_is_answered_204(order):
    assert order.started["next_action"] == {
        "type": "qr_code", "qr_data": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz",
    }  # fmt: skip
    for event_id in ("EV-1", "EV-1", "EV-2"):
        answer = order.notify(order.paid(), event_id)
        assert (answer.status, answer.text) == (204, "")
    assert (order.now()["status"], order.now()["payment_status"]) == ("confirmed", "paid")
    assert order.types().count("payment.captured") == 1
    assert check_invariants(datetime.now(UTC)) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"wechatpay-signature": "WECHATPAY/SIGNTEST/c2lnbmF0dXJl"},
        {"wechatpay-serial": "5F2A"},
        {"wechatpay-nonce": "another"},
        {"wechatpay-timestamp": ""},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_forgeries_are_refused_in_wechat_s_words_and_leave_nothing(order, headers):
    answer = order.notify(order.paid(), **headers)
    assert (answer.status, answer.json) == (401, REFUSAL)
    assert order.now()["payment_status"] == "pending"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_old_and_future_ones_are_refused(order, minutes):
    when = datetime.now(UTC) + timedelta(minutes=minutes)
    assert order.notify(order.paid(), when=when).status == 401


def test_one_flipped_byte_is_refused_and_what_was_not_flipped_taken(order):
    sent = wechat_sdk.notification(*order.paid(), datetime.now(UTC))
    flipped = bytearray(sent.body)
    flipped[len(flipped) // 2] ^= 1
    assert order.post(bytes(flipped), sent.headers).status == 401
    assert order.post(sent.body, sent.headers).status == 204
    assert order.now()["status"] == "confirmed"


@pytest.mark.parametrize("foreign", [{"mchid": "1900000000"}, {"appid": "wx0"}])
def test_what_was_paid_to_somebody_else_is_refused(order, foreign):
    assert order.notify(order.paid(**foreign)).status == 401
    assert order.now()["status"] == "placed"


def test_names_of_headers_in_any_case_will_do(order):
    sent = wechat_sdk.notification(*order.paid(), datetime.now(UTC))
    headers = {name.title(): value for name, value in sent.headers.items()}
    del headers["Wechatpay-Signature-Type"]
    assert order.post(sent.body, headers).status == 204
    assert order.now()["status"] == "confirmed"


def test_a_notification_about_no_order_of_ours_is_taken_and_kept_as_an_orphan(order):
    assert order.notify(order.paid(attach=fresh("ord"))).status == 204
    assert order.now()["status"] == "placed"


def requested_refund(order):
    wish = RefundRequest(reason="cold")
    return refunds.request(order.order_id, wish, MANAGER, fresh("key"), datetime.now(UTC)).refund


def test_a_refund_is_pending_hindered_and_done_as_wechat_tells(order, wechat):
    order.notify(order.paid(), "EV-paid")
    asked_for = requested_refund(order)
    assert asked_for.status == "pending"
    sent = json.loads(wechat.asked[-1].body)
    assert (sent["amount"]["refund"], sent["notify_url"][-len(PATH) :]) == (order.total, PATH)

    order.notify(order.given_back("ABNORMAL", asked_for.refund_id), "EV-abnormal")
    assert order.types()[-1] == "refund.hindered"
    assert order.now()["refunds"][0]["status"] == "pending"

    order.notify(order.given_back("SUCCESS", asked_for.refund_id), "EV-success")
    assert order.now()["payment_status"] == "refunded"
    assert table.load_file(order.order_id).refunds[0].reference == refund()["refund_id"]
    assert check_invariants(datetime.now(UTC)) == []


@pytest.mark.parametrize("arrival", list(itertools.permutations(("paid", "abnormal", "success"))))
def test_every_order_of_arrival_ends_alike(order, arrival):
    """A refund is asked for once paid: what comes before is repeated by WeChat until then."""
    order.notify(order.paid(), "EV-0")
    asked_for = requested_refund(order)
    words = {
        "paid": order.paid(),
        "abnormal": order.given_back("ABNORMAL", asked_for.refund_id),
        "success": order.given_back("SUCCESS", asked_for.refund_id),
    }
    for name in (*arrival, *arrival):
        assert order.notify(words[name], f"EV-{name}").status == 204
    assert order.now()["payment_status"] == "refunded"
    assert order.types().count("refund.succeeded") == order.types().count("payment.captured") == 1
    assert check_invariants(datetime.now(UTC)) == []
