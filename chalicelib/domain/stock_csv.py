"""Stock as a spreadsheet file: what people export, count on paper, and import again."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from chalicelib.domain.errors import FieldError, InvalidInput, Malformed
from chalicelib.domain.text import LANGUAGES, Text

ROWS_MAX = 500
BYTE_ORDER_MARK = "\ufeff"  # Excel takes a file without it for another encoding
COLUMNS = ("sku", "barcode", *(f"name_{language}" for language in LANGUAGES))
READ = ("sku", "kind", "quantity", "reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(rows: Iterable[tuple[str, str | None, Text, dict[str, int]]]) -> str:
    """SKU, barcode, names and numbers of each level. Texts cannot act as formulas."""
    target = io.StringIO(BYTE_ORDER_MARK)
    target.seek(0, io.SEEK_END)
    sheet = csv.writer(target)
    header: list[str] | None = None
    for sku, barcode, names, numbers in rows:
        if header is None:
            header = [*COLUMNS, *numbers]
            sheet.writerow(header)
        texts = (sku, barcode or "", *(names.get(language, "") for language in LANGUAGES))
        sheet.writerow([*map(_inert, texts), *numbers.values()])
    return target.getvalue()


def read(raw: bytes, store_id: str) -> list[dict[str, Any]]:
    """Each row as the fields of a movement; a count where the file names no kind.

    Columns other than `sku`, `kind`, `quantity` and `reason` are not looked at.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed("The file is not UTF-8.") from error
    separator = max(",;\t", key=text.partition("\n")[0].count)
    sheet = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        _require_columns(sheet.fieldnames or ())
        rows = list(_movements(sheet, store_id))
    except csv.Error as error:
        raise Malformed("The file is not CSV.") from error
    if not 1 <= len(rows) <= ROWS_MAX:
        raise InvalidInput(f"From 1 to {ROWS_MAX} rows at once.", errors=[FieldError("", "rows")])
    return rows


def _require_columns(given: Sequence[str]) -> None:
    missing = [name for name in ("sku", "quantity") if name not in given]
    if missing:
        faults = [FieldError(f"/{name}", "This column is missing.") for name in missing]
        raise InvalidInput("The first line names the columns.", errors=faults)


def _movements(sheet: Iterable[dict[str, Any]], store_id: str) -> Iterator[dict[str, Any]]:
    for row in sheet:
        given = {name: (row.get(name) or "").strip() for name in READ}
        if not given["quantity"]:
            continue  # nobody counted this one
        yield {
            "store_id": store_id,
            "sku": given["sku"].removeprefix("'"),
            "kind": given["kind"] or "count",
            "quantity": _number(given["quantity"]),
            "reason": given["reason"] or "CSV import",
        }


def _number(text: str) -> int | str:
    """What is no number stays as it is, for the type check to point at."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 10 else text


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
