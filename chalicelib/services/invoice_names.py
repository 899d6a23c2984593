"""The names of a store's documents in their bucket, the newest first: lists are drawn from them.

A name is put down before its document has its number for good, as the papers are, so one whose
document came to nothing stays. It says which document was meant; only that can tell whether it is.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.domain.invoices import Invoice

_WHAT = "The store of invoices"
_PAGE = 200
# S3 lists upwards: later months and higher numbers come first as what is left to these.
_MONTHS, _SEQUENCES = 12, 10**9 - 1


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """`place` is where a list goes on after it."""

    place: str
    order_id: str
    invoice_id: str
    sequence: int


def keep(invoice: Invoice) -> None:
    month = _local(invoice.issued_at, invoice.time_zone).month
    folder = _folder(invoice.store_id, invoice.year) + _month(month)
    name = f"{_sequence(invoice.sequence)}~{invoice.order_id}~{invoice.invoice_id}"
    with aws.calling(_WHAT):
        aws.client("s3").put_object(Bucket=settings().invoices_bucket, Key=folder + name, Body=b"")


def in_year(store_id: str, year: int, month: int | None, after: str | None) -> Iterator[Name]:
    """Those of a year, or of a month of it by the store's clock, below the place `after`."""
    folder = _folder(store_id, year)
    prefix = folder + (_month(month) if month else "")
    return _listed(folder, prefix, folder + after if after else prefix)


def numbered(store_id: str, year: int, sequence: int) -> Iterator[Name]:
    """Those under one number: one month has it."""
    folder = _folder(store_id, year)
    for month in range(1, _MONTHS + 1):
        prefix = f"{folder}{_month(month)}{_sequence(sequence)}~"
        yield from _listed(folder, prefix, prefix)


def _listed(folder: str, prefix: str, after: str) -> Iterator[Name]:
    pages = aws.client("s3").get_paginator("list_objects_v2")
    with aws.calling(_WHAT):
        for page in pages.paginate(
            Bucket=settings().invoices_bucket, Prefix=prefix, StartAfter=after,
            PaginationConfig={"PageSize": _PAGE},
        ):  # fmt: skip
            for found in page.get("Contents", []):
                yield _name(found["Key"].removeprefix(folder))


def _name(place: str) -> Name:
    left, order_id, invoice_id = place.split("~")
    sequence = _SEQUENCES - int(left.rpartition("/")[2])
    return Name(place=place, order_id=order_id, invoice_id=invoice_id, sequence=sequence)


def _folder(store_id: str, year: int) -> str:
    return f"names/{store_id}/{year}/"


def _month(month: int) -> str:
    return f"{_MONTHS - month:02}/"


def _sequence(sequence: int) -> str:
    return f"{_SEQUENCES - sequence:09}"


def _local(at: datetime, time_zone: str) -> datetime:
    return at.astimezone(ZoneInfo(time_zone))
