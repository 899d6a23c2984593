"""Alipay's statement of business details (业务明细), as downloaded from its merchant site."""

from datetime import timedelta

from chalicelib.domain.statements import StatementLine
from chalicelib.providers.base_statements import (
    Row,
    Unreadable,
    amount_of,
    fee_of,
    moment_of,
    read_table,
)

UTC_OFFSET = timedelta(hours=8)
_COLUMNS = frozenset({"支付宝交易号", "商户订单号", "业务类型", "完成时间"})
_AMOUNTS = ("订单金额（元）", "订单金额(元)", "商家实收（元）", "商家实收(元)")
_FEES = ("服务费（元）", "服务费(元)")
_REFUND_ID = ("退款批次号/请求号", "退款批次号", "退款请求号")


def read(raw: bytes) -> list[StatementLine]:
    """Our `payment_id` is its 商户订单号, our `refund_id` the 退款请求号."""
    return read_table(raw, _COLUMNS, _line)


def _line(row: Row) -> StatementLine | None:
    kind = row["业务类型"]
    if kind not in {"交易", "退款"}:
        return None
    amount = amount_of(_first(row, _AMOUNTS), "CNY")
    at = moment_of(row["完成时间"], "%Y-%m-%d %H:%M:%S", UTC_OFFSET)
    fee = fee_of(next((row[name] for name in _FEES if name in row), ""), "CNY")
    trade, payment_id = row["支付宝交易号"], row["商户订单号"]
    if kind == "交易":
        return StatementLine(
            kind="payment", reference=trade, payment_id=payment_id, amount=amount, occurred_at=at,
            fee=fee,
        )  # fmt: skip
    refund_id = _first(row, _REFUND_ID)
    return StatementLine(
        kind="refund", reference=refund_id, payment_reference=trade, payment_id=payment_id,
        refund_id=refund_id, amount=amount, occurred_at=at, fee=fee,
    )  # fmt: skip


def _first(row: Row, names: tuple[str, ...]) -> str:
    found = next((row[name] for name in names if row.get(name)), None)
    if found is None:
        raise Unreadable(f"{names[0]} is empty.")
    return found
