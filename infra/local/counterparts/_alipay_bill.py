"""Alipay's statement of a day in Beijing: a ZIP of two CSV files, details and summary."""

import io
import zipfile
from collections.abc import Iterable, Iterator

from infra.local.counterparts._alipay_wire import beijing, to_yuan
from infra.local.counterparts.base_bank import fee_of
from infra.local.counterparts.base_ledger import Document

_HEADING = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间",
    "门店编号", "对方账户", "订单金额（元）", "商家实收（元）", "退款批次号/请求号",
    "服务费（元）", "备注",
)  # fmt: skip
Row = dict[str, str]


def packed(events: Iterable[Document], day: str) -> bytes | None:
    """None for a day without any trade."""
    rows = [row for row in _rows(events) if row["完成时间"].startswith(day)]
    if not rows or not day:
        return None
    lines = [",".join(_HEADING), *(",".join(row.get(n, "") for n in _HEADING) for row in rows)]
    details = ["#支付宝业务明细查询", *lines, "#业务明细列表结束", f"#合计：{len(rows)}笔"]
    summary = ["#支付宝业务汇总查询", "交易订单总笔数,退款订单总笔数"]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in (("summary.csv", summary), ("details.csv", details)):
            archive.writestr(name, ("\r\n".join(text) + "\r\n").encode("gb18030"))
    return target.getvalue()


def _rows(events: Iterable[Document]) -> Iterator[Row]:
    for event in events:
        data = event["data"]
        if event["type"] == "payment.captured":
            taken = to_yuan(data["captured_minor"])
            yield _row("交易", data, data["reference"], data["captured_at"]) | {
                "订单金额（元）": taken, "商家实收（元）": taken,
                "服务费（元）": f"-{to_yuan(fee_of(data))}",
            }  # fmt: skip
        elif event["type"] == "refund.succeeded":
            minor = data["amount_minor"]
            yield _row("退款", data, data["payment_reference"], data["updated_at"]) | {
                "订单金额（元）": f"-{to_yuan(minor)}", "商家实收（元）": f"-{to_yuan(minor)}",
                "退款批次号/请求号": f"{data['refund_id']}\t",
                "服务费（元）": to_yuan(fee_of({"captured_minor": minor})),
            }  # fmt: skip


def _row(kind: str, data: Document, trade: str, seconds: float) -> Row:
    return {
        "支付宝交易号": f"{trade}\t",
        "商户订单号": f"{data['payment_id']}\t",
        "业务类型": f"{kind}\t",
        "创建时间": beijing(seconds),
        "完成时间": beijing(seconds),
    }
