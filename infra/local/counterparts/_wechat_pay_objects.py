"""WeChat Pay's trades and refunds as its API and its notifications write them."""

import time
from datetime import datetime, timedelta, timezone

from infra.local.counterparts._wechat_pay_bank import is_over
from infra.local.counterparts.base_ledger import Document

_BEIJING = timezone(timedelta(hours=8))
_STATES = {"open": "NOTPAY", "declined": "PAYERROR", "captured": "SUCCESS", "closed": "CLOSED"}
_WORDS = {
    "NOTPAY": "订单未支付",
    "PAYERROR": "支付失败",
    "SUCCESS": "支付成功",
    "REFUND": "订单发生过退款，退款详情请查询退款单",
    "CLOSED": "订单已关闭",
}
_EVENTS = {
    "payment.captured": "TRANSACTION.SUCCESS",
    "refund.succeeded": "REFUND.SUCCESS",
    "refund.abnormal": "REFUND.ABNORMAL",
    "refund.closed": "REFUND.CLOSED",
}


def trade(payment: Document) -> Document:
    """Before the money is there, most of it is left out."""
    state = "CLOSED" if is_over(payment) else _STATES[payment["status"]]
    if payment["refunded_minor"]:
        state = "REFUND"
    known = {
        "appid": payment["appid"],
        "mchid": payment["mchid"],
        "out_trade_no": payment["payment_id"],
        "trade_state": state,
        "trade_state_desc": _WORDS[state],
    }
    if payment["status"] != "captured":
        return known | {"amount": {"total": payment["amount_minor"], "payer_currency": "CNY"}}
    paid = payment["captured_minor"]
    return known | {
        "transaction_id": payment["reference"],
        "trade_type": payment["trade_type"],
        "bank_type": "OTHERS",
        "attach": payment["order_id"],
        "success_time": beijing(payment["captured_at"]),
        "payer": {"openid": payment["openid"]},
        "amount": {
            "total": paid, "payer_total": paid, "currency": "CNY", "payer_currency": "CNY",
        },
    }  # fmt: skip


def refund(given: Document) -> Document:
    is_done = time.time() >= given["done_at"]
    state = {"succeeded": "SUCCESS"}.get(given["status"], given["status"].upper())
    return {
        **_refund(given),
        "channel": "ORIGINAL",
        "create_time": beijing(given["updated_at"]),
        "status": state if is_done else "PROCESSING",
        "funds_account": "AVAILABLE",
        "amount": _amount(given) | {"currency": "CNY"},
    }


def event(happened: Document, merchant: str) -> tuple[str, Document] | None:
    """The type and the content of a notification; None for what WeChat Pay says nothing about."""
    kind = _EVENTS.get(happened["type"])
    if kind is None:
        return None
    if kind == "TRANSACTION.SUCCESS":  # as it was then, whatever was given back since
        return kind, trade(happened["data"] | {"refunded_minor": 0})
    given = happened["data"]
    state = kind.partition(".")[2]
    content = {"mchid": merchant, **_refund(given), "refund_status": state}
    return kind, content | {"amount": _amount(given)}


def beijing(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, _BEIJING).isoformat(timespec="seconds")


def _refund(given: Document) -> Document:
    known = {
        "refund_id": given["reference"],
        "out_refund_no": given["refund_id"],
        "transaction_id": given["payment_reference"],
        "out_trade_no": given["payment_id"],
        "user_received_account": "支付用户零钱",
    }
    if given["status"] == "succeeded" and time.time() >= given["done_at"]:
        known["success_time"] = beijing(given["done_at"])
    return known


def _amount(given: Document) -> Document:
    total, minor = given["total"], given["amount_minor"]
    return {"total": total, "refund": minor, "payer_total": total, "payer_refund": minor}
