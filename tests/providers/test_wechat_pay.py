"""What is WeChat Pay's own: three ways to pay, signed both ways, sealed, and odd states."""

import itertools
import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.money import Money
from chalicelib.providers.base import ProviderRefused
from chalicelib.providers.wechat_pay import PROVIDER
from tests.contract.provider_counterpart import NOWHERE, START, Counterpart
from tests.contract.provider_samples.wechat_pay import REFERENCE, refund, trade
from tests.contract.test_payment_lives import folded
from tests.providers import wechat_sdk
from tests.providers.http_double import Answer, HttpDouble
from tests.providers.wechat_sdk import APPID, MCHID, answered, keys, secrets, signed_headers

AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(?P<mchid>\d+)",nonce_str="(?P<nonce>\w{16,32})",'
    r'signature="(?P<signature>[\w+/=]+)",timestamp="(?P<timestamp>\d{10})",serial_no="(?P<serial>\w+)"'
)
A_REFUND = Counterpart("wechat_pay").wish


def started(answer, **changes):
    """What the buyer is to do, and what WeChat was asked."""
    with answered(answer) as double:
        payment = msgspec.structs.replace(START, **changes)
        begun = PROVIDER.start(secrets(double.base), payment)
    (asked,) = double.asked
    return begun, asked.path, json.loads(asked.body)


def found_as(state, **more):
    with answered(trade(state, **more)) as double:
        return PROVIDER.ask(secrets(double.base), "pay_1", None)


class TestStarting:
    def test_a_code_is_shown_as_a_picture_and_asked_for_in_wechat_s_terms(self):
        begun, path, sent = started({"code_url": "weixin://wxpay/x"}, method="qr")
        assert (begun.next_action.type, begun.next_action.qr_data) == (
            "qr_code",
            "weixin://wxpay/x",
        )
        assert path == "/v3/pay/transactions/native"
        assert sent == {
            "appid": APPID,
            "mchid": MCHID,
            "description": "Order 22-K7MQ4",
            "out_trade_no": "pay_1",
            "time_expire": "2026-11-22T17:45:00+08:00",
            "attach": "ord_1",
            "notify_url": START.webhook_url,
            "amount": {"total": 1299, "currency": "CNY"},
        }

    def test_a_phone_s_browser_is_sent_to_wechat_and_told_the_way_back(self):
        begun, path, sent = started(
            {"h5_url": "https://wx.tenpay.com/x?prepay_id=1"},
            method="wallet",
            payer_ip="203.0.113.7",
        )
        assert path == "/v3/pay/transactions/h5"
        assert sent["scene_info"] == {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
        url = urlsplit(begun.next_action.url)
        assert parse_qs(url.query) == {"prepay_id": ["1"], "redirect_url": [START.return_url]}

    def test_a_page_within_wechat_gets_terms_that_we_signed(self):
        begun, path, sent = started({"prepay_id": "wx2026"}, method="wallet", payer_id="oUpF8u")
        assert path == "/v3/pay/transactions/jsapi"
        assert sent["payer"] == {"openid": "oUpF8u"}
        terms = json.loads(begun.next_action.client_secret)
        assert (terms["appId"], terms["package"]) == (APPID, "prepay_id=wx2026")
        assert wechat_sdk.ask("is_paying", terms=terms, key=keys("merchant")[1])

    def test_a_page_within_wechat_is_sent_to_ask_who_pays_where_the_app_s_secret_is_known(self):
        assert PROVIDER.payer_page(secrets(NOWHERE)) is None
        assert PROVIDER.payer_page(secrets(NOWHERE, app_secret="s")) == (
            f"https://open.weixin.qq.com/connect/oauth2/authorize?appid={APPID}"
            "&redirect_uri={redirect_uri}&response_type=code&scope=snsapi_base&state={state}"
            "#wechat_redirect"
        )

    def test_what_the_page_was_given_is_turned_into_an_openid_at_wechat(self):
        with HttpDouble(lambda _: Answer(200, b'{"openid": "oUpF8u", "scope": "x"}')) as wechat:
            known = {"app_secret": "s", "payer_api_base": wechat.base}
            with answered({"prepay_id": "wx2026"}) as double:
                payment = msgspec.structs.replace(START, method="wallet", payer_code="c&1")
                PROVIDER.start(secrets(double.base, **known), payment)
        (asked,) = wechat.asked
        assert asked.path == (
            f"/sns/oauth2/access_token?appid={APPID}&secret=s&code=c%261"
            "&grant_type=authorization_code"
        )
        assert json.loads(double.asked[0].body)["payer"] == {"openid": "oUpF8u"}

    @pytest.mark.parametrize(
        ("answer", "means"),
        [
            (Answer(200, b'{"errcode": 40029, "errmsg": "invalid code"}'), ProviderRefused),
            (Answer(200, b'{"errcode": 40163, "errmsg": "code been used"}'), ProviderRefused),
            (Answer(200, b'{"errcode": 40125, "errmsg": "invalid appsecret"}'), Unavailable),
            (Answer(200, b'{"errcode": -1, "errmsg": "system error"}'), Unavailable),
            (Answer(200, b"{}"), Unavailable),
            (Answer(200, b"<html>"), Unavailable),
            (Answer(502), Unavailable),
        ],
    )
    def test_only_a_bad_code_refuses_the_payment(self, answer, means):
        with HttpDouble(lambda _: answer) as wechat:
            known = secrets(NOWHERE, app_secret="s", payer_api_base=wechat.base)
            payment = msgspec.structs.replace(START, method="wallet", payer_code="c")
            with pytest.raises(means) as raised:
                PROVIDER.start(known, payment)
        assert "secret" not in str(raised.value)

    def test_other_currencies_are_refused_before_wechat_is_asked(self):
        foreign = msgspec.structs.replace(START, amount=Money(1299, "USD"))
        with pytest.raises(ProviderRefused, match="CNY"):
            PROVIDER.start(secrets(NOWHERE), foreign)

    def test_chinese_buyers_read_chinese_on_their_bill(self):
        _, _, sent = started({"code_url": "weixin://x"}, method="qr", language="zh-CN")
        assert sent["description"] == "订单 22-K7MQ4"


class TestRequests:
    @pytest.mark.parametrize("name", ["start", "ask", "close", "refund", "ask_refund"])
    def test_each_is_signed_as_wechat_s_sdk_wants_it(self, name):
        company = Counterpart("wechat_pay")
        with company.in_state("pending") as double:
            company.calls()[name]()
        for asked in double.asked:
            told = AUTHORIZATION.fullmatch(asked.headers["authorization"])
            assert (told["mchid"], told["serial"]) == (MCHID, secrets("")["merchant_serial"])
            assert abs(int(told["timestamp"]) - datetime.now(UTC).timestamp()) < 10
            signed = {
                "method": asked.method, "uri": asked.path, "body": asked.body.decode(),
                "timestamp": told["timestamp"], "nonce": told["nonce"],
                "signature": told["signature"], "key": keys("merchant")[1],
            }  # fmt: skip
            assert wechat_sdk.ask("is_request", **signed)
            assert not wechat_sdk.ask("is_request", **signed | {"uri": f"{asked.path}x"})

    def test_answers_are_asked_for_under_the_public_key_that_we_have(self):
        with answered(trade("NOTPAY")) as double:
            PROVIDER.ask(secrets(double.base), "pay_1", None)
            certificates = {"5F2A": keys("platform")[1]}
            with pytest.raises(Unavailable):  # signed with a key that is not among ours
                PROVIDER.ask(secrets(double.base, platform_keys=certificates), "pay_1", None)
        with_key, with_certificate = double.asked
        assert with_key.headers["wechatpay-serial"] == wechat_sdk.SERIAL
        assert "wechatpay-serial" not in with_certificate.headers

    @pytest.mark.parametrize(
        "change",
        [
            {"wechatpay-signature": ""},
            {"wechatpay-serial": "another"},
            {"wechatpay-timestamp": "1624523846"},
            {"wechatpay-nonce": "another"},
        ],
    )
    def test_an_answer_that_is_not_wechat_s_settles_nothing(self, change):
        body = json.dumps(trade("SUCCESS"))
        headers = signed_headers(body, datetime.now(UTC)) | change
        with (
            HttpDouble(lambda _: Answer(200, body.encode(), headers)) as double,
            pytest.raises(Unavailable),
        ):
            PROVIDER.ask(secrets(double.base), "pay_1", None)

    @pytest.mark.parametrize("change", [{"out_trade_no": "pay_2"}, {"mchid": "1900000000"}])
    def test_an_answer_about_something_else_settles_nothing(self, change):
        with pytest.raises(Unavailable):
            found_as("SUCCESS", **change)


class TestStates:
    @pytest.mark.parametrize(
        ("state", "kind"),
        [
            ("NOTPAY", "payment.pending"),
            ("USERPAYING", "payment.pending"),
            ("PAYERROR", "payment.failed"),
            ("CLOSED", "payment.expired"),
            ("REVOKED", "payment.canceled"),
            ("SUCCESS", "payment.captured"),
            ("REFUND", "payment.captured"),
            ("A_NEW_STATE", None),
        ],
    )
    def test_every_state_of_a_trade_has_its_word(self, state, kind):
        assert found_as(state).kind == kind

    def test_what_was_paid_is_what_the_trade_says_and_not_what_we_asked_for(self):
        short = found_as("SUCCESS", amount={"total": 1298, "payer_total": 998, "currency": "CNY"})
        assert short.amount == Money(1298, "CNY")
        assert (short.reference, short.order_id) == (REFERENCE, "ord_1")

    @pytest.mark.parametrize(
        ("status", "kind", "reason"),
        [
            ("PROCESSING", "refund.pending", None),
            ("ABNORMAL", "refund.pending", "ABNORMAL"),
            ("SUCCESS", "refund.succeeded", None),
            ("CLOSED", "refund.failed", "CLOSED"),
        ],
    )
    def test_every_state_of_a_refund_has_its_word(self, status, kind, reason):
        with answered(refund(status=status)) as double:
            given = PROVIDER.refund(secrets(double.base), A_REFUND)
        sent = json.loads(double.asked[0].body)
        assert (given.kind, given.reason, given.refund_id) == (kind, reason, "ref_1")
        assert sent["amount"] == {"refund": 1299, "total": 1299, "currency": "CNY"}
        assert (sent["out_trade_no"], sent["out_refund_no"]) == ("pay_1", "ref_1@ord_1")
        assert sent["notify_url"] == A_REFUND.webhook_url

    def test_a_buyer_who_pays_at_this_moment_cannot_be_closed_out(self):
        def paying(asked):
            body = json.dumps(trade("USERPAYING") if asked.method == "GET" else {})
            status = 200 if asked.method == "GET" else 202
            return Answer(status, body.encode(), signed_headers(body, datetime.now(UTC)))

        with HttpDouble(paying) as double, pytest.raises(Unavailable):
            PROVIDER.close(secrets(double.base), "pay_1", None)

    @pytest.mark.parametrize(
        ("code", "failure"),
        [
            ("NOT_ENOUGH", Unavailable),
            ("NO_AUTH", Unavailable),
            ("USER_ACCOUNT_ABNORMAL", ProviderRefused),
        ],
    )
    def test_of_what_is_forbidden_only_what_the_buyer_s_account_forbids_is_final(
        self, code, failure
    ):
        def forbidding(asked):
            missing = asked.method == "GET"
            problem = {"code": "RESOURCE_NOT_EXISTS" if missing else code}
            return Answer(404 if missing else 403, json.dumps(problem).encode())

        with HttpDouble(forbidding) as double, pytest.raises(failure):
            PROVIDER.refund(secrets(double.base), A_REFUND)

    def test_a_refund_refused_the_second_time_is_the_one_of_the_first_time(self):
        def refusing(asked):
            body = json.dumps(
                {"code": "INVALID_REQUEST"} if asked.method == "POST" else refund(status="SUCCESS")
            )
            status = 400 if asked.method == "POST" else 200
            return Answer(status, body.encode(), signed_headers(body, datetime.now(UTC)))

        with HttpDouble(refusing) as double:
            assert PROVIDER.refund(secrets(double.base), A_REFUND).kind == "refund.succeeded"


def test_asked_and_told_words_of_a_whole_life_end_alike_in_every_order():
    company = Counterpart("wechat_pay")
    lives = (
        [found_as("NOTPAY"), found_as("PAYERROR"), found_as("CLOSED"), company.hear("captured")],
        [found_as("USERPAYING"), found_as("PAYERROR"), found_as("CLOSED")],
        [found_as("SUCCESS"), company.hear("captured"), found_as("REFUND")],
    )
    for life in lives:
        end = folded(company, life, abroad=False)
        for arrival in itertools.permutations(life):
            assert folded(company, arrival, abroad=False) == end, [
                event.raw_type for event in arrival
            ]
            assert folded(company, (*arrival, *arrival), abroad=False) == end
