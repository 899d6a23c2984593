"""Alipay's gateway: what is asked of it, and which of its answers are believed."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.money import Money
from chalicelib.providers.alipay import PROVIDER
from chalicelib.providers.base import ProviderRefused
from tests.contract.provider_counterpart import NOWHERE, START, Counterpart
from tests.contract.provider_samples import alipay as sample
from tests.providers.http_double import HttpDouble

WISH = Counterpart("alipay").wish


def asked_of(asked):
    """A request's fields, once the signature over them all was checked by the SDK."""
    fields = dict(parse_qsl(urlsplit(asked.path).query, strict_parsing=True))
    return signed_by_us(fields | dict(parse_qsl(asked.body.decode(), strict_parsing=True)))


def signed_by_us(fields):
    signature = fields.pop("sign")
    content = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    assert sample.sdk("us", trusted="us")._verify(content, signature)
    return fields


def start(**changes):
    return PROVIDER.start(sample.secrets(NOWHERE), msgspec.structs.replace(START, **changes))


def opened(**changes):
    """The fields of the address that the buyer's browser is sent to."""
    action = start(method="wallet", **changes).next_action
    assert action.type == "redirect"
    url = urlsplit(action.url)
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{NOWHERE}/gateway.do"
    return signed_by_us(dict(parse_qsl(url.query, strict_parsing=True)))


def test_a_desktop_opens_alipay_s_page_and_a_phone_its_app():
    desktop, phone = opened(), opened(device="phone")
    assert (desktop["method"], phone["method"]) == ("alipay.trade.page.pay", "alipay.trade.wap.pay")
    terms = json.loads(desktop["biz_content"])
    assert terms == {
        "out_trade_no": "pay_1",
        "total_amount": "12.99",
        "subject": "Order 22-K7MQ4",
        "time_expire": "2026-11-22 17:45:00",
        "passback_params": "ord_1",
        "product_code": "FAST_INSTANT_TRADE_PAY",
    }
    assert json.loads(phone["biz_content"]) == terms | {
        "product_code": "QUICK_WAP_WAY",
        "quit_url": START.return_url,
    }
    for fields in (desktop, phone):
        assert (fields["return_url"], fields["notify_url"]) == (START.return_url, START.webhook_url)
        assert (fields["app_id"], fields["sign_type"], fields["charset"]) == (
            sample.KEY, "RSA2", "utf-8",
        )  # fmt: skip
        assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", fields["timestamp"])


def test_a_code_to_scan_is_asked_for_under_our_id():
    with HttpDouble(lambda asked: sample.respond(asked, "pending")) as double:
        payment = msgspec.structs.replace(START, method="qr", language="zh-CN")
        started = PROVIDER.start(sample.secrets(double.base), payment)
    (asked,) = double.asked
    fields = asked_of(asked)
    assert (fields["method"], fields["notify_url"]) == (
        "alipay.trade.precreate", START.webhook_url,
    )  # fmt: skip
    assert json.loads(fields["biz_content"])["subject"] == "订单 22-K7MQ4"
    assert (started.reference, started.next_action.qr_data) == (
        "pay_1", sample.PRECREATED["qr_code"],
    )  # fmt: skip


def test_it_takes_yuan_alone():
    for amount in (Money(1299, "USD"), Money(1299, "JPY")):
        for method in ("wallet", "qr"):
            with pytest.raises(ProviderRefused):
                start(amount=amount, method=method)
        with pytest.raises(ProviderRefused):
            PROVIDER.refund(sample.secrets(NOWHERE), msgspec.structs.replace(WISH, amount=amount))


def told(act, *answers):
    """What our side makes of these answers, one after the other."""
    rest = list(answers)
    with HttpDouble(lambda _: rest.pop(0)) as double:
        return act(sample.secrets(double.base))


def query(secrets):
    return PROVIDER.ask(secrets, "pay_1", None)


QUERY = "alipay.trade.query"
PAID = sample.trade("TRADE_SUCCESS", send_pay_date="2026-11-22 17:31:00")


def test_an_answer_counts_by_its_signature_alone():
    genuine = sample.answer(QUERY, PAID)
    assert told(query, genuine).kind == "payment.captured"
    forgeries = [
        genuine._replace(body=genuine.body.replace(b"12.99", b"12.98")),
        genuine._replace(body=genuine.body.replace(b": ", b":")),
        sample.answer(QUERY, PAID, whose="a stranger"),
        genuine._replace(body=genuine.body.replace(b'"sign"', b'"sing"')),
        genuine._replace(body=genuine.body.replace(b"trade_query_", b"trade_close_")),
        sample.answer(QUERY, sample.NO_TRADE, whose="a stranger"),
        sample.answer(QUERY, sample.refused("ACQ.TRADE_STATUS_ERROR"), whose="us"),
    ]
    for forged in forgeries:
        with pytest.raises(Unavailable):
            told(query, forged)


def test_what_was_signed_is_taken_as_it_stands_spaces_and_escapes_included():
    text = '{ "code" : "10000", "out_trade_no":"pay_1","trade_no":"1" ,\n"trade_status":'
    text += '"TRADE_SUCCESS", "total_amount":"12.99", "body":"a \\"sign\\" {\\u9762}" }'
    signature = sample.sdk()._sign(text)
    body = f' {{ "sign" : "{signature}" , "alipay_trade_query_response" :  {text} }} '
    genuine = sample.answer(QUERY, PAID)._replace(body=body.encode())
    assert told(query, genuine).kind == "payment.captured"


@pytest.mark.parametrize(
    "outcome",
    [
        {"code": "20000", "sub_code": "isp.unknow-error"},
        {"code": "20001", "sub_code": "aop.invalid-auth-token"},
        {"code": "40002", "sub_code": "isv.invalid-signature"},
        {"code": "40006", "sub_code": "isv.insufficient-isv-permissions"},
        {"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"},
        {"code": "40004", "sub_code": "AQC.SYSTEM_ERROR"},
        {},
    ],
)
def test_trouble_with_the_request_or_the_system_says_nothing_about_the_payment(outcome):
    with pytest.raises(Unavailable):
        told(query, sample.answer(QUERY, outcome))
    with pytest.raises(Unavailable):
        told(lambda secrets: PROVIDER.refund(secrets, WISH), sample.answer(REFUND, outcome))


@pytest.mark.parametrize(
    ("status", "paid", "kind"),
    [
        ("WAIT_BUYER_PAY", False, "payment.pending"),
        ("TRADE_SUCCESS", True, "payment.captured"),
        ("TRADE_FINISHED", True, "payment.captured"),
        ("TRADE_CLOSED", False, "payment.expired"),
        ("TRADE_CLOSED", True, "payment.captured"),
        ("TRADE_PENDING", False, None),
    ],
)
def test_a_closed_trade_with_a_date_of_payment_was_paid_once(status, paid, kind):
    more = {"send_pay_date": "2026-11-22 17:31:00"} if paid else {}
    assert told(query, sample.answer(QUERY, sample.trade(status, **more))).kind == kind


def test_closing_a_payment_that_the_buyer_is_at_is_not_settled():
    stuck = sample.answer("alipay.trade.close", sample.refused("ACQ.TRADE_STATUS_ERROR"))
    with pytest.raises(Unavailable):
        told(
            lambda secrets: PROVIDER.close(secrets, "pay_1", None),
            stuck,
            sample.answer(QUERY, sample.trade("WAIT_BUYER_PAY")),
        )


REFUND = "alipay.trade.refund"
FIND = "alipay.trade.fastpay.refund.query"


def test_a_refund_is_done_when_it_moved_money_or_is_found_to_have():
    def give_back(*answers):
        return told(lambda secrets: PROVIDER.refund(secrets, WISH), *answers)

    again = sample.answer(REFUND, sample.REFUND | {"fund_change": "N"})
    done = give_back(sample.answer(REFUND, sample.REFUND))
    assert done.kind == "refund.succeeded"
    assert give_back(again, sample.answer(FIND, sample.REFUND_FOUND)) == done
    on_its_way = sample.REFUND_FOUND | {"refund_status": "REFUND_PROCESSING"}
    assert give_back(again, sample.answer(FIND, on_its_way)).kind == "refund.pending"
    assert give_back(again, sample.answer(FIND, sample.NO_REFUND)).kind == "refund.unknown"


def test_a_refund_from_the_console_is_found_by_its_number_with_its_own_amount():
    by_hand = msgspec.structs.replace(WISH, refund_id="", refund_reference="2026-by-hand")
    partial = sample.REFUND_FOUND | {"out_request_no": "2026-by-hand", "refund_amount": "4.00"}
    with HttpDouble(lambda _: sample.answer(FIND, partial)) as double:
        event = PROVIDER.ask_refund(sample.secrets(double.base), by_hand)
    (asked,) = double.asked
    assert json.loads(asked_of(asked)["biz_content"])["out_request_no"] == "2026-by-hand"
    assert (event.kind, event.refund_id, event.refund_reference, event.amount) == (
        "refund.succeeded", None, "2026-by-hand", Money(400, "CNY"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "code", ["ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.REASON_TRADE_REFUND_FEE_ERR",
             "ACQ.TRADE_HAS_FINISHED", "ACQ.TRADE_NOT_EXIST"],
)  # fmt: skip
def test_a_refund_that_alipay_will_not_make_is_refused_with_its_code(code):
    with pytest.raises(ProviderRefused, match=f"^{code}$"):
        told(
            lambda secrets: PROVIDER.refund(secrets, WISH),
            sample.answer(REFUND, sample.refused(code)),
        )


def test_a_key_that_is_none_is_ours_to_mend():
    for name in ("app_private_key", "alipay_public_key"):
        with HttpDouble(lambda asked: sample.respond(asked, "pending")) as double:
            broken = sample.secrets(double.base) | {name: "not a key"}
            with pytest.raises(Unavailable):
                query(broken)
