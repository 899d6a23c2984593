"""Trades and refunds as Alipay's answers and notifications describe them."""

import time

from infra.local.counterparts._alipay_wire import beijing, to_yuan
from infra.local.counterparts.base_ledger import Document

_BUYER = {"buyer_id": "2088000000000042", "buyer_logon_id": "ada***@example.com"}


def trade(payment: Document) -> Document:
    """The answer to `alipay.trade.query`."""
    answer = {
        "buyer_logon_id": _BUYER["buyer_logon_id"],
        "buyer_user_id": _BUYER["buyer_id"],
        "out_trade_no": payment["payment_id"],
        "passback_params": payment["passback_params"],
        "total_amount": to_yuan(payment["captured_minor"] or payment["amount_minor"]),
        "trade_no": payment["reference"],
        "trade_status": trade_status(payment),
    }
    if "paid_at" in payment:
        answer["send_pay_date"] = beijing(payment["paid_at"])
    return answer


def refund(found: Document, payment: Document) -> Document:
    """The answer to `alipay.trade.fastpay.refund.query`."""
    return {
        "gmt_refund_pay": beijing(found["updated_at"]),
        "out_request_no": found["refund_id"],
        "out_trade_no": payment["payment_id"],
        "refund_amount": to_yuan(found["amount_minor"]),
        "refund_status": "REFUND_SUCCESS",
        "total_amount": to_yuan(payment["captured_minor"]),
        "trade_no": payment["reference"],
    }


def trade_status(payment: Document) -> str:
    """Closed when nobody paid in time, and when all was given back."""
    captured, refunded = payment["captured_minor"], payment["refunded_minor"]
    if payment["status"] == "captured" and refunded < captured:
        return "TRADE_SUCCESS"
    is_over = payment["status"] in {"captured", "closed"}
    return "TRADE_CLOSED" if is_over else "WAIT_BUYER_PAY"


def notified(event: Document, payment: Document, account: Document) -> dict[str, str] | None:
    """What is told of an event; nothing of a buyer whose card was declined: they try another."""
    data = event["data"]
    if event["type"] == "payment.failed":
        return None
    if event["type"] == "refund.succeeded":
        payment = payment | {"refunded_minor": data["refunded_minor"]}
        more = {
            "gmt_refund": beijing(data["updated_at"]) + ".000",
            "out_biz_no": data["refund_id"],
            "refund_fee": to_yuan(data["refunded_minor"]),
        }
    else:
        payment = payment | data | {"refunded_minor": 0}
        more = {}
    if event["type"] == "payment.pending":
        payment = payment | {"status": "open"}
    if "paid_at" in payment and event["type"] != "payment.pending":
        more["gmt_payment"] = beijing(payment["paid_at"])
    return _fields(event, payment, account) | more


def _fields(event: Document, payment: Document, account: Document) -> dict[str, str]:
    amount = to_yuan(payment["captured_minor"] or payment["amount_minor"])
    return {
        "app_id": account["app_id"],
        "auth_app_id": account["app_id"],
        "body": payment["body"],  # empty values are sent, and signed
        **_BUYER,
        "buyer_pay_amount": amount,
        "charset": "utf-8",
        "fund_bill_list": f'[{{"amount":"{amount}","fundChannel":"ALIPAYACCOUNT"}}]',
        "gmt_create": beijing(event["created"]),
        "invoice_amount": amount,
        "notify_id": event["event_id"].removeprefix("sbe_"),
        "notify_time": beijing(time.time()),
        "notify_type": "trade_status_sync",
        "out_trade_no": payment["payment_id"],
        "passback_params": payment["passback_params"],
        "point_amount": "0.00",
        "receipt_amount": amount,
        "seller_id": account["seller_id"],
        "subject": payment["subject"],
        "total_amount": amount,
        "trade_no": payment["reference"],
        "trade_status": trade_status(payment),
        "version": "1.0",
    }
