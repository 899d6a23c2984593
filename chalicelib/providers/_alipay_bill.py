"""Alipay's statement of a day, asked for and downloaded. Private to `alipay.py`."""

import io
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlsplit

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.statements import Period, StatementLine
from chalicelib.providers import _alipay_statement
from chalicelib.providers._alipay_gateway import ask, gateway_of
from chalicelib.providers.base import ProviderRefused, Secrets
from chalicelib.providers.base_http import exchange, require_success
from chalicelib.providers.base_statements import bill_days

_METHOD = "alipay.data.dataservice.bill.downloadurl.query"
# What Alipay says where nothing was paid or given back on that day.
_NOTHING = "bill_not_exist"
_BYTES_MAX = 20_000_000
_MARK = "支付宝交易号"  # stands in the details and not in the summary that lies beside them


class _Bill(msgspec.Struct):
    bill_download_url: str


def lines_of(secrets: Secrets, period: Period) -> Sequence[StatementLine]:
    days = bill_days(period, _alipay_statement.UTC_OFFSET)
    return [line for day in days for line in _lines_of_day(secrets, day)]


def _lines_of_day(secrets: Secrets, day: date) -> Sequence[StatementLine]:
    try:
        wish = {"bill_type": "trade", "bill_date": day.isoformat()}
        bill = ask(secrets, _METHOD, wish, _Bill)
    except ProviderRefused as refused:
        if _NOTHING in refused.detail.lower():
            return ()
        raise
    return _alipay_statement.read(_details(_downloaded(secrets, bill.bill_download_url)))


def _downloaded(secrets: Secrets, url: str) -> bytes:
    """From Alipay's own hosts and by https, or where its gateway is. The address was signed."""
    named, gateway = urlsplit(url), urlsplit(gateway_of(secrets))
    if named.netloc != gateway.netloc:
        if not (named.hostname or "").endswith(".alipay.com"):
            raise Unavailable("The statement is at no address of Alipay's.")
        url = named._replace(scheme="https").geturl()
    answer = exchange("GET", url, {}, None, _BYTES_MAX)
    require_success(answer)
    return answer.body


def _details(packed: bytes) -> bytes:
    import zipfile  # no payment needs it

    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for info in archive.infolist():
                raw = archive.read(info) if info.file_size <= _BYTES_MAX else b""
                if _MARK.encode() in raw or _MARK.encode("gb18030") in raw:
                    return raw
    except zipfile.BadZipFile as error:
        raise Unavailable("Alipay's statement cannot be unpacked.") from error
    raise Unavailable("There are no details in Alipay's statement.")
