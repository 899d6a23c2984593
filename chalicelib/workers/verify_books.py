"""Each night, and whenever an operator asks: are the books in order?"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.observability import count, logger, observed
from chalicelib.services import secret_ages, stock_drift
from chalicelib.services import verify_books as books

handlers = Blueprint(__name__)
_SHOWN_MAX = 200


@handlers.schedule("cron(30 19 * * ? *)", name="verify_books")
@observed
def verify_books(event: CloudWatchEvent) -> Any:
    """19:30 UTC is the small hours where the stores are; a busy stage could look out of balance."""
    del event
    now = datetime.now(UTC)
    secret_ages.tell(now)
    found = books.read(now, has_open_case=books.open_cases())
    stock_drift.note_all(found.drifts)
    violations = found.violations
    for violation in violations[:_SHOWN_MAX]:
        logger.error("invariant violated", extra={"violation": msgspec.to_builtins(violation)})
    count("InvariantViolations", len(violations))
    count("BooksVerified")
    return {
        "violations": msgspec.to_builtins(violations[:_SHOWN_MAX]),
        "count": len(violations),
    }
