"""The audit trail: who did what to what, when, from where, and what it was before and after."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from chalicelib.domain.orders import Actor

Outcome = Literal["done", "refused", "failed"]

# What is masked by its field's name, wherever it stands in a value.
_PERSONAL = frozenset({
    "email", "phone", "phone_number", "name", "contact_name", "address", "line1", "line2",
    "postal_code", "note", "tax_id", "to",
})  # fmt: skip
_SECRET = frozenset({"password", "secret", "api_key", "guest_token", "access_token", "token"})
_TEXT_MAX = 200
_ITEMS_MAX = 20
_DEPTH_MAX = 6


class Subject(msgspec.Struct, frozen=True):
    type: str
    id: str


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`input` is what was asked for, `code` why it was refused, if it was."""

    audit_id: str
    at: datetime
    actor: Actor
    roles: tuple[str, ...]
    action: str
    subject: Subject
    outcome: Outcome
    request_id: str
    source_ip: str
    code: str | None = None
    store_id: str | None = None
    input: Any = None
    before: Any = None
    after: Any = None


def masked(value: Any, depth: int = 0) -> Any:
    """A bounded copy without personal data and secrets, which the audit trail must not hold."""
    if depth >= _DEPTH_MAX:
        return "…"
    if isinstance(value, Mapping):
        return {
            str(key): _hidden(str(key), part, depth)
            for key, part in list(value.items())[:_ITEMS_MAX]
        }
    if isinstance(value, list | tuple):
        return [masked(part, depth + 1) for part in value[:_ITEMS_MAX]]
    if isinstance(value, str) and len(value) > _TEXT_MAX:
        return f"{value[:_TEXT_MAX]}…"
    return value


def _hidden(key: str, value: Any, depth: int) -> Any:
    if value is None:
        return None
    if key in _SECRET:
        return "***"
    if key in _PERSONAL:
        return f"{value[0]}***" if isinstance(value, str) and value else "***"
    return masked(value, depth + 1)
