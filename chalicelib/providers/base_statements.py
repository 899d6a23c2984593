"""Reading the statements that people download: tables of text with a heading somewhere above.

Every fault names its line, all of them at once: a statement that is half understood is refused.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.money import EXPONENTS, Money
from chalicelib.domain.statements import Period, StatementLine

Row = Mapping[str, str]
ReadRow = Callable[[Row], StatementLine | None]
LINES_MAX = 20_000
_FAULTS_SHOWN = 50


class Unreadable(ValueError):
    """What one cell says makes no sense; the message says which."""


def read_table(raw: bytes, columns: frozenset[str], read_row: ReadRow) -> list[StatementLine]:
    """The rows below the heading that has all `columns`; what `read_row` answers with None is no
    movement of money. Raises `InvalidInput`.
    """
    lines: list[StatementLine] = []
    faults: list[FieldError] = []
    for number, row in _rows(raw, columns):
        try:
            line = read_row(row)
        except (Unreadable, KeyError) as error:
            faults.append(FieldError(f"/{number}", f"Line {number}: {error}"))
            continue
        if line is not None:
            lines.append(line)
    if faults or len(lines) > LINES_MAX:
        faults = faults or [FieldError("/", f"More than {LINES_MAX} lines.")]
        raise InvalidInput("The statement cannot be read.", errors=faults[:_FAULTS_SHOWN])
    return lines


def bill_days(period: Period, offset: timedelta) -> list[date]:
    """The day in the middle of a period, after the one into whose last hour the period reaches."""
    middle = period.since + (period.until - period.since) / 2 + offset
    return [middle.date() - timedelta(days=1), middle.date()]


def _rows(raw: bytes, columns: frozenset[str]) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(io.StringIO(_text(raw)))
    names: list[str] = []
    for number, cells in enumerate(reader, 1):
        trimmed = [cell.strip().lstrip("`") for cell in cells]
        if not names:
            names = trimmed if columns <= set(trimmed) else []
        elif len(trimmed) >= len(names) and not trimmed[0].startswith("#"):
            yield number, dict(zip(names, trimmed, strict=False))
        elif trimmed and any(trimmed):
            break  # totals stand below the table
    if not names:
        wanted = ", ".join(sorted(columns))
        fault = FieldError("/", f"There is no heading with {wanted}.")
        raise InvalidInput("This is not a statement of that provider.", errors=[fault])


def _text(raw: bytes) -> str:
    """UTF-8, or what Chinese spreadsheets write."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("The statement is neither UTF-8 nor GB 18030.")


def amount_of(text: str, currency: str) -> Money:
    """Without its sign: which way money went is the kind's to say."""
    exponent = EXPONENTS.get(currency)
    if exponent is None:
        raise Unreadable(f"{currency or 'no currency'} is not a currency.")
    try:
        minor = abs(Decimal(text.replace(",", ""))).scaleb(exponent)
    except InvalidOperation:
        raise Unreadable(f"{text!r} is not an amount.") from None
    if minor != minor.to_integral_value():
        raise Unreadable(f"{text!r} is finer than {currency} is.")
    return Money(int(minor), currency)


def fee_of(text: str, currency: str) -> Money | None:
    """None where nothing is said, or none was kept."""
    fee = amount_of(text, currency) if text else None
    return fee if fee and fee.amount_minor else None


def moment_of(text: str, pattern: str, offset: timedelta) -> datetime:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=timezone(offset))
    except ValueError:
        raise Unreadable(f"{text!r} is not a time.") from None
