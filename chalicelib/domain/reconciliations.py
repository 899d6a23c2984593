"""The report of one match of a provider's statement with the books: kept even when all agrees."""

from datetime import date, datetime
from typing import Literal

import msgspec

from chalicelib.domain.statements import Difference

Source = Literal["provider", "file"]
DIFFERENCES_MAX = 500


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """`lines` of the statement and `entries` of our day book fell into the period; the first 500
    `differences` are listed, `difference_count` has them all. `fees_booked` were new to our books;
    `fees_waiting` are of payments still to be recorded, or too many for one match.
    """

    reconciliation_id: str
    provider: str
    day: date
    since: datetime
    until: datetime
    source: Source
    requested_by: str
    created_at: datetime
    lines: int
    entries: int
    matched: int
    difference_count: int
    fees_booked: int = 0
    fees_waiting: int = 0
    differences: tuple[Difference, ...] = ()
