"""WeChat Pay's trade bill of a day in Beijing: CSV in Chinese, a grave accent before each cell."""

import re
import time
from collections.abc import Iterable, Iterator
from datetime import datetime

from infra.local.counterparts._wechat_pay_objects import beijing
from infra.local.counterparts.base_bank import Refused, fee_of
from infra.local.counterparts.base_ledger import Document

_HEADING = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号",
    "商户订单号", "用户标识", "交易类型", "交易状态", "付款银行", "货币种类",
    "应结订单金额", "代金券金额", "微信退款单号", "商户退款单号", "退款金额",
    "充值券退款金额", "退款类型", "退款状态", "商品名称", "商户数据包",
    "手续费", "费率", "订单金额", "申请退款金额", "费率备注",
)  # fmt: skip
_TOTALS = ("总交易单数", "应结订单总金额", "退款总金额", "充值券退款总金额", "手续费总金额")
Row = dict[str, str]


def written(events: Iterable[Document], day: str, keys: Document) -> bytes | None:
    """None for a day without any trade."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        raise Refused(400, "PARAM_ERROR")
    rows = [row for row in _rows(events, keys) if row["交易时间"].startswith(day)]
    if not rows:
        return None
    totals = [
        _total(rows, name) for name in ("应结订单金额", "退款金额", "充值券退款金额", "手续费")
    ]
    lines = [
        _HEADING,
        *(_marked(row.get(name, "") for name in _HEADING) for row in rows),
        _TOTALS,
        _marked([str(len(rows)), *totals]),
    ]
    return ("\ufeff" + "".join(",".join(line) + "\r\n" for line in lines)).encode()


def _rows(events: Iterable[Document], keys: Document) -> Iterator[Row]:
    for event in events:
        data = event["data"]
        if event["type"] == "payment.captured":
            yield _common(data, data["captured_at"], keys) | _taken(data)
        elif event["type"] == "refund.succeeded" and data["done_at"] <= time.time():
            yield _common(data, data["done_at"], keys) | _given(data)


def _common(data: Document, seconds: float, keys: Document) -> Row:
    moment = datetime.fromisoformat(beijing(seconds))
    return {
        "交易时间": f"{moment:%Y-%m-%d %H:%M:%S}",
        "公众账号ID": keys["appid"],
        "商户号": keys["mchid"],
        "商户订单号": data["payment_id"],
        "货币种类": "CNY",
        "代金券金额": "0.00",
        "充值券退款金额": "0.00",
        "费率": "0.60%",
    }


def _taken(payment: Document) -> Row:
    taken = _yuan(payment["captured_minor"])
    return {
        "微信订单号": payment["reference"],
        "交易状态": "SUCCESS",
        "应结订单金额": taken,
        "订单金额": taken,
        "退款金额": "0.00",
        "申请退款金额": "0.00",
        "手续费": _yuan(fee_of(payment)),
    }


def _given(refund: Document) -> Row:
    given = _yuan(refund["amount_minor"])
    return {
        "微信订单号": refund["payment_reference"],
        "交易状态": "REFUND",
        "微信退款单号": refund["reference"],
        "商户退款单号": refund["refund_id"],
        "退款状态": "SUCCESS",
        "应结订单金额": "0.00",
        "订单金额": "0.00",
        "退款金额": given,
        "申请退款金额": given,
        "手续费": _yuan(-fee_of({"captured_minor": refund["amount_minor"]})),
    }


def _marked(cells: Iterable[str]) -> list[str]:
    return [f"`{cell}" for cell in cells]


def _yuan(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def _total(rows: Iterable[Row], name: str) -> str:
    return _yuan(sum(round(float(row[name]) * 100) for row in rows))
