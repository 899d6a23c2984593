"""WeChat Pay's trade bill of a day, asked for and downloaded. Private to `wechat_pay.py`."""

import hashlib
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.statements import Period, StatementLine
from chalicelib.providers import _wechat_pay_statement
from chalicelib.providers._wechat_pay_envelope import ask_for, download
from chalicelib.providers.base import ProviderRefused, Secrets
from chalicelib.providers.base_statements import bill_days

# What WeChat says where nothing was paid or given back on that day.
_NOTHING = "NO_STATEMENT_EXIST"


class _Bill(msgspec.Struct):
    download_url: str
    hash_value: str


def lines_of(secrets: Secrets, period: Period) -> Sequence[StatementLine]:
    days = bill_days(period, _wechat_pay_statement.UTC_OFFSET)
    return [line for day in days for line in _lines_of_day(secrets, day)]


def _lines_of_day(secrets: Secrets, day: date) -> Sequence[StatementLine]:
    query = urlencode({"bill_date": day.isoformat(), "bill_type": "ALL"})
    try:
        bill = ask_for(secrets, "GET", f"/v3/bill/tradebill?{query}", _Bill)
    except ProviderRefused as refused:
        if refused.detail == _NOTHING:
            return ()
        raise
    raw = download(secrets, bill.download_url)
    # The signed answer names the sum, so the file is as genuine as that.
    if hashlib.sha1(raw, usedforsecurity=False).hexdigest() != bill.hash_value.lower():
        raise Unavailable("The bill is not the one that WeChat Pay announced.")
    return _wechat_pay_statement.read(raw)
