"""WeChat Pay as the contract test needs it: signed and sealed by its SDKs for node."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from chalicelib.providers.base import RawWebhook
from tests.providers import wechat_sdk
from tests.providers.http_double import Answer, Asked
from tests.providers.wechat_sdk import APPID, MCHID, SERIAL, keys, secrets, signed_headers

KEY = wechat_sdk.API_V3_KEY
STARTED_REFERENCE = "pay_1"
REFERENCE = "4200002026112212345678901234"  # given with the money
REFUSED_WEBHOOK_STATUS = 401
MAX_AGE_SECONDS = 300

_STATES = {"pending": "NOTPAY", "captured": "SUCCESS", "expired": "CLOSED", "refunded": "REFUND",
           "whole": "REFUND"}  # fmt: skip


def other_secrets(api_base: str) -> dict[str, Any]:
    return secrets(api_base, platform_keys={SERIAL: keys("somebody else")[1]})


def rotated_secrets(api_base: str) -> dict[str, Any]:
    """Three in fact: a platform key of before, one to come, and the one in use."""
    old_and_new = {"5F2A": keys("platform before")[1], "7B10": keys("platform later")[1]}
    return secrets(api_base, platform_keys={**old_and_new, SERIAL: keys("platform")[1]})


def trade(state: str, **more: Any) -> dict[str, Any]:
    """As WeChat leaves most of it out before the money is there."""
    known = {"mchid": MCHID, "appid": APPID, "out_trade_no": "pay_1", "trade_state": state}
    if state not in {"SUCCESS", "REFUND"}:
        return {**known, "trade_state_desc": "订单未支付", **more}
    return {
        **known,
        "transaction_id": REFERENCE,
        "trade_type": "NATIVE",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "ord_1",
        "success_time": "2026-11-22T17:29:30+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {"total": 1299, "payer_total": 1299, "currency": "CNY", "payer_currency": "CNY"},
        **more,
    }


def refund(**more: Any) -> dict[str, Any]:
    """Without the state, which answers and notifications name differently."""
    return {
        "refund_id": "50302026112212345678901234567",
        "out_refund_no": "ref_1@ord_1",
        "transaction_id": REFERENCE,
        "out_trade_no": "pay_1",
        "user_received_account": "支付用户零钱",
        "success_time": "2026-11-22T17:40:00+08:00",
        "amount": {"total": 1299, "refund": 1299, "payer_total": 1299, "payer_refund": 1299},
        **more,
    }


def console_refund(number: str, minor: int, state: str = "SUCCESS") -> dict[str, Any]:
    """Made in WeChat's console, under a number of its own."""
    amount = {"total": 1299, "refund": minor, "payer_total": 1299, "payer_refund": minor}
    numbers = {"refund_id": f"5030{number}", "out_refund_no": number}
    return refund(mchid=MCHID, refund_status=state, amount=amount, **numbers)


def respond(asked: Asked, state: str) -> Answer:
    """The answer while the payment is `pending`, `captured`, `expired` or `absent`."""
    if asked.path.startswith("/v3/refund/"):
        is_known = asked.method == "POST" or state == "refunded"
        given = refund(status="SUCCESS", create_time="2026-11-22T17:39:59+08:00")
        return _answer(200, given) if is_known else _problem(404, "RESOURCE_NOT_EXISTS")
    if asked.path.endswith("/native"):
        return _answer(200, {"code_url": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"})
    if state == "absent":
        return _problem(404, "ORDER_NOT_EXIST")
    if asked.path.endswith("/close"):
        return _answer(204) if state == "pending" else _problem(400, "INVALID_REQUEST")
    return _answer(200, trade(_STATES[state]))


def webhook(name: str, now: datetime) -> RawWebhook:
    """One event of `EVENTS`, signed now."""
    return signed(_body(name), now)


def signed(body: str, now: datetime) -> RawWebhook:
    return RawWebhook(body.encode(), signed_headers(body, now))


EVENTS = {
    "captured": ("TRANSACTION.SUCCESS", trade("SUCCESS")),
    "refunded": ("REFUND.SUCCESS", refund(mchid=MCHID, refund_status="SUCCESS")),
    "abnormal": ("REFUND.ABNORMAL", refund(mchid=MCHID, refund_status="ABNORMAL")),
    "console": (
        "REFUND.SUCCESS",
        refund(mchid=MCHID, refund_status="SUCCESS", refund_id="50309", out_refund_no="1217752"),
    ),
    "console_abnormal": ("REFUND.ABNORMAL", console_refund("1217752", 300, "ABNORMAL")),
    "console_part": ("REFUND.SUCCESS", console_refund("1217752", 300)),
    "console_rest": ("REFUND.SUCCESS", console_refund("1217753", 999)),
    "unheard_of": ("PAYSCORE.USER_OPEN_SERVICE", {"mchid": MCHID, "appid": APPID}),
}
LIVES = (
    ("captured",),
    ("captured", "abnormal", "refunded"),
    ("captured", "console"),
)
WHOLE_LIFE = ("captured", "console_abnormal", "console_part", "console_rest")


@cache
def _body(name: str) -> str:
    kind, content = EVENTS[name]
    return json.dumps(wechat_sdk.sealed(f"EV-{name}", kind, content), ensure_ascii=False)


def _answer(status: int, value: Any = None) -> Answer:
    body = "" if value is None else json.dumps(value, ensure_ascii=False)
    return Answer(status, body.encode(), signed_headers(body, datetime.now(UTC)))


def _problem(status: int, code: str) -> Answer:
    return _answer(status, {"code": code, "message": f"No: {KEY}"})
