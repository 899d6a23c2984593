"""Statements that people import: a provider's own CSV file, or JSON in our words."""

import importlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import ModuleType

import msgspec

from chalicelib import plugins
from chalicelib.domain.errors import InvalidInput, NotFound
from chalicelib.domain.reconciliations import Reconciliation
from chalicelib.domain.statements import StatementLine
from chalicelib.services import reconciliation, statement_match
from chalicelib.services.statement_match import Statement

# Each has `read(raw) -> [StatementLine]` and `UTC_OFFSET`, where its days begin.
_READERS: Mapping[str, str] = {
    "alipay": "chalicelib.providers._alipay_statement",
    "paypal": "chalicelib.providers._paypal_statement",
    "wechat_pay": "chalicelib.providers._wechat_pay_statement",
}


class JsonStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lines: tuple[StatementLine, ...]


def import_csv(
    provider: str, day: date, raw: bytes, requested_by: str, now: datetime
) -> Reconciliation:
    reader = _reader(provider)
    return _reconciled(provider, day, tuple(reader.read(raw)), reader.UTC_OFFSET, requested_by, now)


def import_json(
    provider: str, day: date, statement: JsonStatement, requested_by: str, now: datetime
) -> Reconciliation:
    _require_known(provider)
    offset = _reader(provider).UTC_OFFSET if provider in _READERS else timedelta(0)
    return _reconciled(provider, day, statement.lines, offset, requested_by, now)


def _reconciled(
    provider: str,
    day: date,
    lines: tuple[StatementLine, ...],
    offset: timedelta,
    requested_by: str,
    now: datetime,
) -> Reconciliation:
    statement = Statement(
        provider=provider,
        day=day,
        period=reconciliation.day_in(offset, day),
        source="file",
        lines=lines,
    )
    return statement_match.reconcile(statement, requested_by, now)


def _reader(provider: str) -> ModuleType:
    _require_known(provider)
    if provider not in _READERS:
        raise InvalidInput(
            f"The statements of {provider} are asked for, or imported as JSON.",
            code="statement_not_offered",
        )
    return importlib.import_module(_READERS[provider])


def _require_known(provider: str) -> None:
    if provider not in plugins.names("providers"):
        raise NotFound("There is no such provider.", code="provider_not_found")
