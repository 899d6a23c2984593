"""Alipay as the contract test needs it: answers and notifications signed by python-alipay-sdk."""

import base64
import json
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from alipay import AliPay
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.providers.base import RawWebhook
from tests.providers.http_double import Answer, Asked

KEY = "2021000000000001"
SELLER = "2088000000000001"
REFERENCE = "2026112222001400000000000001"  # of the trade; a payment is started under our own id
STARTED_REFERENCE = "pay_1"
METHOD = "qr"
REFUSED_WEBHOOK_STATUS = 200
MAX_AGE_SECONDS = None

_STATUS = {"pending": "WAIT_BUYER_PAY", "captured": "TRADE_SUCCESS", "refunded": "TRADE_CLOSED",
           "expired": "TRADE_CLOSED", "whole": "TRADE_CLOSED"}  # fmt: skip
_PAID_AT = "2026-11-22 17:31:00"
_REFUNDED_AT = "2026-11-22 17:40:00"


@cache
def key_of(whose: str) -> rsa.RSAPrivateKey:
    """One for "us", one for "alipay", and one for each stranger."""
    return rsa.generate_private_key(65537, 2048)


def private_form(whose: str) -> str:
    form = serialization.PrivateFormat.PKCS8
    encoding, lock = serialization.Encoding.DER, serialization.NoEncryption()
    return base64.b64encode(key_of(whose).private_bytes(encoding, form, lock)).decode()


def public_form(whose: str) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    encoding = serialization.Encoding.DER
    return base64.b64encode(key_of(whose).public_key().public_bytes(encoding, form)).decode()


@cache
def sdk(whose: str = "alipay", sign_type: str = "RSA2", trusted: str = "alipay") -> AliPay:
    """The SDK with somebody's key to sign with and another's to verify with."""
    return AliPay(
        appid=KEY,
        app_private_key_string=armored(private_form(whose), "PRIVATE KEY"),
        alipay_public_key_string=armored(public_form(trusted), "PUBLIC KEY"),
        sign_type=sign_type,
    )


def armored(bare: str, name: str) -> str:
    return f"-----BEGIN {name}-----\n{bare}\n-----END {name}-----"


def secrets(api_base: str) -> dict[str, Any]:
    return {
        "app_id": KEY,
        "seller_id": SELLER,
        "app_private_key": private_form("us"),
        "alipay_public_key": public_form("alipay"),
        "gateway": f"{api_base}/gateway.do",
    }


def other_secrets(api_base: str) -> dict[str, Any]:
    return secrets(api_base) | {"alipay_public_key": public_form("a stranger")}


def rotated_secrets(api_base: str) -> dict[str, Any]:
    keys = [public_form("alipay, soon"), public_form("alipay")]
    return secrets(api_base) | {"alipay_public_key": keys}


def question(asked: Asked) -> object:
    """What a request asks, without the moment at which it does."""
    fields = dict(parse_qsl(urlsplit(asked.path).query, strict_parsing=True))
    return {name: fields[name] for name in fields.keys() - {"timestamp", "sign"}}, asked.body


def trade(status: str, **more: Any) -> dict[str, Any]:
    return {
        "code": "10000",
        "msg": "Success",
        "buyer_logon_id": "ada***@example.com",
        "out_trade_no": "pay_1",
        "trade_no": REFERENCE,
        "trade_status": status,
        "total_amount": "12.99",
        "passback_params": "ord_1",
        **more,
    }


def refused(code: str) -> dict[str, Any]:
    return {"code": "40004", "msg": "Business Failed", "sub_code": code, "sub_msg": f"No: {KEY}"}


NO_TRADE = refused("ACQ.TRADE_NOT_EXIST")
PRECREATED = {"code": "10000", "msg": "Success", "out_trade_no": "pay_1",
              "qr_code": "https://qr.alipay.example/bax00001"}  # fmt: skip
CLOSED = {"code": "10000", "msg": "Success", "out_trade_no": "pay_1", "trade_no": REFERENCE}
REFUND = {
    "code": "10000",
    "msg": "Success",
    "out_trade_no": "pay_1",
    "trade_no": REFERENCE,
    "fund_change": "Y",
    "refund_fee": "12.99",
    "gmt_refund_pay": _REFUNDED_AT,
}
REFUND_FOUND = {
    "code": "10000",
    "msg": "Success",
    "out_trade_no": "pay_1",
    "trade_no": REFERENCE,
    "out_request_no": "ref_1",
    "refund_status": "REFUND_SUCCESS",
    "refund_amount": "12.99",
    "total_amount": "12.99",
    "gmt_refund_pay": _REFUNDED_AT,
}
NO_REFUND = {"code": "10000", "msg": "Success"}


def respond(asked: Asked, state: str) -> Answer:
    """Alipay's answer while the trade is `pending`, `captured`, `expired` or `absent`."""
    method = dict(parse_qsl(urlsplit(asked.path).query))["method"]
    if method == "alipay.trade.precreate":
        return answer(method, PRECREATED)
    if method == "alipay.trade.refund":
        return answer(method, REFUND)
    if method == "alipay.trade.fastpay.refund.query":
        return answer(method, _refund_found(asked, state))
    if state == "absent":
        return answer(method, NO_TRADE)
    if method == "alipay.trade.close":
        return answer(method, CLOSED if state == "pending" else refused("ACQ.TRADE_STATUS_ERROR"))
    paid = {"send_pay_date": _PAID_AT} if state in {"captured", "refunded", "whole"} else {}
    return answer(method, trade(_STATUS[state], **paid))


def _refund_found(asked: Asked, state: str) -> dict[str, Any]:
    if state == "whole":
        content = json.loads(dict(parse_qsl(asked.body.decode()))["biz_content"])
        name = content["out_request_no"]
        return REFUND_FOUND | {"out_request_no": name, "refund_amount": CONSOLE_REFUNDS[name]}
    return REFUND_FOUND if state == "refunded" else NO_REFUND


def answer(method: str, told: dict[str, Any], *, whose: str = "alipay") -> Answer:
    text = json.dumps(told, ensure_ascii=False)
    name = f"{method.replace('.', '_')}_response"
    body = f'{{"{name}":{text},"sign":"{sdk(whose)._sign(text)}"}}'
    return Answer(200, body.encode())


def webhook(name: str, now: datetime) -> RawWebhook:
    """One notification of `EVENTS`, signed now."""
    return signed(urlencode(EVENTS[name]), now)


def signed(body: str, now: datetime, whose: str = "alipay", sign_type: str = "RSA2") -> RawWebhook:
    fields = dict(parse_qsl(body, keep_blank_values=True))
    content = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    fields = {"sign": sdk(whose, sign_type)._sign(content), "sign_type": sign_type}
    return form(f"{body}&{urlencode(fields)}")


def form(body: str) -> RawWebhook:
    media_type = "application/x-www-form-urlencoded; charset=utf-8"
    return RawWebhook(body.encode(), {"content-type": media_type})


def notification(status: str, **more: str) -> dict[str, str]:
    return {
        "gmt_create": "2026-11-22 17:30:30",
        "charset": "utf-8",
        "seller_email": "",  # an empty value is signed like any other
        "subject": "Order 22-K7MQ4: 50% 语雀",
        "buyer_id": "2088102534368455",
        "invoice_amount": "12.99",
        "notify_id": f"2026112200222{status.lower()}{len(more)}",
        "fund_bill_list": '[{"amount":"12.99","fundChannel":"ALIPAYACCOUNT"}]',
        "notify_type": "trade_status_sync",
        "trade_status": status,
        "receipt_amount": "12.99",
        "app_id": KEY,
        "seller_id": SELLER,
        "notify_time": "2026-11-22 17:31:01",
        "version": "1.0",
        "out_trade_no": "pay_1",
        "total_amount": "12.99",
        "trade_no": REFERENCE,
        "auth_app_id": KEY,
        "buyer_logon_id": "ada***@example.com",
        "passback_params": "ord_1",
        **more,
    }


_PAID = {"gmt_payment": _PAID_AT}
CONSOLE_REFUNDS = {"console-1": "3.00", "console-2": "9.99"}
_PART, _REST = ({"gmt_refund": _REFUNDED_AT, "out_biz_no": name} for name in CONSOLE_REFUNDS)
_GIVEN_BACK = {"gmt_refund": _REFUNDED_AT, "out_biz_no": "ref_1"}
EVENTS = {
    "pending": notification("WAIT_BUYER_PAY"),
    "captured": notification("TRADE_SUCCESS", **_PAID),
    "captured_again": notification("TRADE_SUCCESS", **_PAID, send_back_fee="0.00"),
    "finished": notification("TRADE_FINISHED", **_PAID),
    "expired": notification("TRADE_CLOSED"),
    "partly_refunded": notification("TRADE_SUCCESS", **_PAID, **_GIVEN_BACK, refund_fee="5.00"),
    "refunded": notification("TRADE_CLOSED", **_PAID, **_GIVEN_BACK, refund_fee="12.99"),
    "finished_after_a_refund": notification(
        "TRADE_FINISHED", **_PAID, **_GIVEN_BACK, refund_fee="5.00"
    ),
    "console_refund": notification("TRADE_CLOSED", gmt_refund=_REFUNDED_AT, refund_fee="12.99"),
    "console_part": notification("TRADE_SUCCESS", **_PAID, **_PART, refund_fee="3.00"),
    "console_rest": notification("TRADE_CLOSED", **_PAID, **_REST, refund_fee="12.99"),
    "unheard_of": notification("TRADE_ASTONISHED"),
}
LIVES = (
    ("pending", "captured", "captured_again", "finished"),
    ("pending", "expired"),
    ("pending", "expired", "captured"),
    ("captured", "refunded", "captured_again"),
    ("captured", "partly_refunded", "finished_after_a_refund"),
    ("captured", "console_refund", "finished"),
)
WHOLE_LIFE = ("pending", "captured", "console_part", "captured_again", "console_rest")
