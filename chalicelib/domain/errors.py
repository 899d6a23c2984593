"""Everything that can go wrong, as one tree; `code` is the stable word clients see.

DocketError
├─ InvalidInput      the values make no sense: nothing was written
│  └─ Malformed      the bytes are not what they claim to be
├─ Unauthenticated   who are you?
├─ NotAllowed        known, but not permitted
├─ NotFound          absent, or another caller's
├─ Conflict          sensible, but not in the present state
│  ├─ Stale          the state moved on since the caller looked
│  └─ Unconditional  the caller did not say which state it looked at
├─ Declined          the payment company refused
├─ TooMany           slow down
└─ Unavailable       try again: nothing is known to have happened
   └─ TablesDown     the tables do not answer at all

HTTP statuses are chosen in `api/problems.py` alone; workers retry `Unavailable` only.
"""

from collections.abc import Iterable

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One refused value: an RFC 6901 pointer into the body and why."""

    pointer: str
    detail: str


class DocketError(Exception):
    """Base of all expected failures. `facts` are JSON-safe extras of the problem document."""

    code = "error"

    def __init__(self, detail: str = "", *, code: str | None = None, **facts: object) -> None:
        super().__init__(detail or code or self.code)
        self.detail = detail
        self.code = code or self.code
        self.facts = facts


class InvalidInput(DocketError):
    code = "invalid_input"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        errors: Iterable[FieldError] = (),
        **facts: object,
    ) -> None:
        super().__init__(detail, code=code, **facts)
        self.errors = tuple(errors)


class Malformed(InvalidInput):
    code = "malformed_request"


class Unauthenticated(DocketError):
    code = "unauthenticated"


class NotAllowed(DocketError):
    code = "not_allowed"


class NotFound(DocketError):
    code = "not_found"


class Conflict(DocketError):
    code = "conflict"


class Stale(Conflict):
    code = "version_mismatch"


class Unconditional(Conflict):
    code = "if_match_required"


class Declined(DocketError):
    code = "payment_declined"


class TooMany(DocketError):
    code = "too_many_requests"


class Unavailable(DocketError):
    code = "unavailable"

    def __init__(
        self, detail: str = "", *, code: str | None = None, retry_after_seconds: int = 2
    ) -> None:
        super().__init__(detail, code=code)
        self.retry_after_seconds = retry_after_seconds


class TablesDown(Unavailable):
    """No fault of one item or one request: another request would fare no better."""
