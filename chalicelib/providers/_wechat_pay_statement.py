"""WeChat Pay's trade bill (交易账单), all of a day's trades and refunds."""

from datetime import timedelta

from chalicelib.domain.statements import StatementLine
from chalicelib.providers.base_statements import Row, amount_of, fee_of, moment_of, read_table

UTC_OFFSET = timedelta(hours=8)
_COLUMNS = frozenset({"交易时间", "微信订单号", "商户订单号", "交易状态", "货币种类"})


def read(raw: bytes) -> list[StatementLine]:
    """Our `payment_id` is its 商户订单号; a 商户退款单号 is our `refund_id@order_id`."""
    return read_table(raw, _COLUMNS, _line)


def _line(row: Row) -> StatementLine | None:
    at = moment_of(row["交易时间"], "%Y-%m-%d %H:%M:%S", UTC_OFFSET)
    currency, state = row["货币种类"], row["交易状态"]
    fee = fee_of(row.get("手续费", ""), currency)
    if state == "SUCCESS":
        taken = row.get("订单金额") or row["应结订单金额"]
        return StatementLine(
            kind="payment", reference=row["微信订单号"], payment_id=row["商户订单号"],
            amount=amount_of(taken, currency), occurred_at=at, fee=fee,
        )  # fmt: skip
    if state != "REFUND" or row.get("退款状态", "SUCCESS") != "SUCCESS":
        return None
    refund_id, _, order_id = row["商户退款单号"].partition("@")
    return StatementLine(
        kind="refund", reference=row["微信退款单号"], payment_reference=row["微信订单号"],
        order_id=order_id or None, payment_id=row["商户订单号"], refund_id=refund_id,
        amount=amount_of(row.get("申请退款金额") or row["退款金额"], currency), occurred_at=at,
        fee=fee,
    )  # fmt: skip
