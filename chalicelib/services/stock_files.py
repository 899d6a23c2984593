"""Many movements at once, of a file or a warehouse: all are checked, then done one by one."""

from datetime import datetime

import msgspec

from chalicelib.domain import stock as rules
from chalicelib.domain.errors import DocketError, FieldError, InvalidInput, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.stock import MovementRequest
from chalicelib.services import stock


class Failure(msgspec.Struct, frozen=True):
    """`row` counts from 1, the line of column names apart."""

    row: int
    sku: str
    code: str
    detail: str


class Imported(msgspec.Struct, frozen=True):
    applied: int
    replayed: int
    failed: list[Failure]


def import_movements(
    rows: list[MovementRequest],
    caller: Caller,
    key: str | None,
    now: datetime,
    *,
    named: str = "rows",
) -> Imported:
    """Nothing is moved when a row makes no sense. With a key, what was done is not done again."""
    _check_all(rows, caller, named)
    applied = replayed = 0
    failed = []
    for number, row in enumerate(rows, 1):
        try:
            moved = stock.move(row, caller, key and f"{key}#{number}", now)
        except DocketError as error:
            if isinstance(error, Unavailable) or error.code == "idempotency_key_reused":
                raise
            failed.append(Failure(number, row.sku, error.code, error.detail))
        else:
            applied += not moved.replayed
            replayed += moved.replayed
    return Imported(applied, replayed, failed)


def _check_all(rows: list[MovementRequest], caller: Caller, named: str) -> None:
    faults: list[FieldError] = []
    for index, row in enumerate(rows):
        try:
            rules.check(row)
            stock.require_movable(row, caller)
        except InvalidInput as invalid:
            faults += [FieldError(f"/{named}/{index}{f.pointer}", f.detail) for f in invalid.errors]
    if faults:
        raise InvalidInput("Some rows make no sense; nothing was moved.", errors=faults)
