"""PayPal's activity report as a CSV file with English headings."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.statements import StatementLine
from chalicelib.providers.base_statements import (
    Row,
    Unreadable,
    amount_of,
    fee_of,
    moment_of,
    read_table,
)

UTC_OFFSET = timedelta(0)
_COLUMNS = frozenset({"Date", "Time", "TimeZone", "Type", "Status", "Currency", "Gross",
                      "Transaction ID"})  # fmt: skip
_DATES = ("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M:%S")
_ZONES = {"UTC": 0, "GMT": 0, "BST": 1, "CET": 1, "CEST": 2, "EST": -5, "EDT": -4, "CST": -6,
          "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}  # fmt: skip


def read(raw: bytes) -> list[StatementLine]:
    """Our ids are in its Custom Number: `order_id/payment_id`, of a refund `/refund_id` behind."""
    return read_table(raw, _COLUMNS, _line)


def _line(row: Row) -> StatementLine | None:
    if row["Status"] != "Completed" or "/" not in row.get("Custom Number", ""):
        return None
    amount = amount_of(row["Gross"], row["Currency"])
    fee = fee_of(row.get("Fee", ""), row["Currency"])
    names = dict(zip(("order_id", "payment_id", "refund_id"), row["Custom Number"].split("/"),
                     strict=False))  # fmt: skip
    if not row["Gross"].startswith("-"):
        return StatementLine(
            kind="payment", reference=row["Transaction ID"], order_id=names["order_id"],
            payment_id=names["payment_id"], amount=amount, occurred_at=_moment(row), fee=fee,
        )  # fmt: skip
    if "Refund" not in row["Type"]:
        return None
    return StatementLine(
        kind="refund", reference=row["Transaction ID"],
        payment_reference=row.get("Reference Txn ID") or None, order_id=names["order_id"],
        payment_id=names["payment_id"], refund_id=names.get("refund_id"), amount=amount,
        occurred_at=_moment(row), fee=fee,
    )  # fmt: skip


def _moment(row: Row) -> datetime:
    hours = _ZONES.get(row["TimeZone"])
    if hours is None:
        raise Unreadable(f"{row['TimeZone']!r} is not a known time zone.")
    text = f"{row['Date']} {row['Time']}"
    for pattern in _DATES:
        try:
            return moment_of(text, pattern, timedelta(hours=hours)).astimezone(UTC)
        except Unreadable:
            continue
    raise Unreadable(f"{text!r} is not a time.")
