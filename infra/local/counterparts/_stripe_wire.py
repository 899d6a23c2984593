"""Stripe's forms, its lists with their pages, and how it says no."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from urllib.parse import parse_qsl

from infra.local.counterparts.base import Answer, Refused, json_answer
from infra.local.counterparts.base_ledger import Document

_PAGE, _PAGE_MAX = 10, 100
# By the bank's own words.
_REFUSALS = {
    "not_found": (404, "invalid_request_error", "resource_missing"),
    "payment_id_used": (400, "idempotency_error", "idempotency_key_in_use"),
    "refund_id_used": (400, "idempotency_error", "idempotency_key_in_use"),
    "refund_exceeds_captured": (400, "invalid_request_error", "charge_already_refunded"),
    "incorrect_number": (402, "card_error", "incorrect_number"),
}
_MESSAGES = {
    "incorrect_number": "Your card number is incorrect.",
    "payment_intent_unexpected_state": "This payment can no longer be changed like that.",
}


class Form:
    """`a=1&b[c]=2&d[]=3&e[0]=4`, from a query or a body."""

    def __init__(self, text: str) -> None:
        self._pairs = parse_qsl(text, keep_blank_values=True)

    def get(self, name: str, default: str = "") -> str:
        return dict(self._pairs).get(name, default)

    def under(self, name: str) -> dict[str, str]:
        """`name[key]`, by key."""
        found = {}
        for given, value in self._pairs:
            if match := re.fullmatch(rf"{name}\[(\w+)\]", given):
                found[match[1]] = value
        return found

    def several(self, name: str) -> frozenset[str]:
        """`name[]` and `name[0]`."""
        return frozenset(
            value for given, value in self._pairs if re.fullmatch(rf"{name}\[\d*\]", given)
        )

    def number(self, name: str) -> int:
        value = self.get(name)
        if not re.fullmatch(r"[1-9]\d{0,7}", value):
            raise Refused(400, "parameter_invalid_integer")
        return int(value)

    def allow(self, *names: str) -> None:
        """Raises `Refused` when anything else is in it."""
        if {given.partition("[")[0] for given, _ in self._pairs} - set(names):
            raise Refused(400, "parameter_unknown")


def listed(
    url: str, found: Sequence[Document], query: Form, *, kinds: AbstractSet[str] = frozenset()
) -> Answer:
    """A page of what was `found`, the newest first; of some types only, if any are named."""
    size = min(query.number("limit"), _PAGE_MAX) if query.get("limit") else _PAGE
    before, after = query.get("ending_before"), query.get("starting_after")
    start = _index(found, after) + 1 if after else 0
    end = _index(found, before) if before else len(found)
    bounds = query.under("created")
    inside = [
        one
        for one in found[start:end]
        if _is_within(one["created"], bounds) and (not kinds or one["type"] in kinds)
    ]
    page = inside[-size:] if before else inside[:size]
    has_more = len(inside) > size
    return json_answer(200, {"object": "list", "url": url, "has_more": has_more, "data": page})


def _index(found: Sequence[Document], key: str) -> int:
    for index, one in enumerate(found):
        if one["id"] == key:
            return index
    raise Refused(404, "not_found")


def _is_within(created: int, bounds: dict[str, str]) -> bool:
    if not all(value.isascii() and value.isdigit() for value in bounds.values()):
        raise Refused(400, "parameter_invalid_integer")
    holds = {"gte": created.__ge__, "gt": created.__gt__, "lte": created.__le__,
             "lt": created.__lt__}  # fmt: skip
    return all(holds[name](int(value)) for name, value in bounds.items() if name in holds)


def refusal(refused: Refused) -> Answer:
    status, kind, code = _REFUSALS.get(
        refused.code, (refused.status, "invalid_request_error", refused.code)
    )
    message = _MESSAGES.get(code, f"The request was refused: {code}.")
    return json_answer(status, {"error": {"type": kind, "code": code, "message": message}})
