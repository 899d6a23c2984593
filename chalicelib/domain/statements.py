"""Money as a provider's statement lists it and as our day book does, and where the two differ."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.domain.money import Money

MoneyKind = Literal["payment", "refund"]
DifferenceKind = Literal[
    "paid_unknown", "missing_at_provider", "amount", "currency", "duplicate",
    "refund_missing", "refund_unknown",
]  # fmt: skip
Outcome = Literal["case", "recorded", "orphan"]


class StatementLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One movement in the provider's books; amounts are positive. Its own ids and, where it kept
    them, ours. `reference` is the payment's or, of a refund, the refund's. `fee` is what the
    provider kept of a payment or, of a refund, gave back of that.
    """

    kind: MoneyKind
    reference: str
    amount: Money
    occurred_at: datetime
    payment_reference: str | None = None
    order_id: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None
    fee: Money | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One movement in our day book; `fee` once that is booked."""

    kind: MoneyKind
    provider: str
    store_id: str
    order_id: str
    payment_id: str
    amount: Money
    occurred_at: datetime
    reference: str | None = None
    refund_id: str | None = None
    fee: Money | None = None

    @property
    def names(self) -> set[str]:
        ours = self.payment_id if self.kind == "payment" else self.refund_id
        return {name for name in (ours, self.reference) if name}


class Period(msgspec.Struct, frozen=True):
    since: datetime
    until: datetime

    def has(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`ours` and `theirs` are None where there is nothing. `outcome` is what was made of it."""

    kind: DifferenceKind
    reference: str | None
    order_id: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None
    ours: Money | None = None
    theirs: Money | None = None
    outcome: Outcome = "case"


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    lines: int
    entries: int
    matched: int
    differences: tuple[Difference, ...]


def match(lines: Iterable[StatementLine], entries: Iterable[Entry], period: Period) -> Matched:
    """What the statement and the day book say about the period.

    Both may reach beyond it, so that what is written on one side of midnight is found on the other.
    """
    book = tuple(entries)
    known = _by_name(book)
    groups: dict[tuple[str, str], list[StatementLine]] = defaultdict(list)
    for line in lines:
        groups[line.kind, _name(line)].append(line)
    found: list[Difference] = []
    seen: set[tuple[str, str]] = set()
    told = 0
    for group in groups.values():
        entry = _entry_of(group[0], known)
        if entry is not None:
            seen |= {(entry.kind, name) for name in entry.names}
        if any(period.has(line.occurred_at) for line in group):
            told += len(group)
            found += _compared(group, entry)
    inside = [entry for entry in book if period.has(entry.occurred_at)]
    missing = [one for one in inside if not any((one.kind, name) in seen for name in one.names)]
    found += [_absent(entry) for entry in missing]
    return Matched(
        lines=told,
        entries=len(inside),
        matched=len(inside) - len(missing),
        differences=tuple(found),
    )


def fees_to_book(
    lines: Iterable[StatementLine], entries: Iterable[Entry]
) -> list[tuple[Entry, Money]]:
    """The fee of each movement in the day book that has none yet; of several, the first word."""
    known = _by_name(entries)
    found: dict[str, tuple[Entry, Money]] = {}
    for line in lines:
        entry = _entry_of(line, known)
        if entry is not None and entry.fee is None and line.fee and line.fee.amount_minor > 0:
            found.setdefault(entry.refund_id or entry.payment_id, (entry, line.fee))
    return list(found.values())


def _by_name(entries: Iterable[Entry]) -> dict[tuple[MoneyKind, str], Entry]:
    return {(entry.kind, name): entry for entry in entries for name in entry.names}


def _name(line: StatementLine) -> str:
    ours = line.payment_id if line.kind == "payment" else line.refund_id
    return ours or line.reference


def _entry_of(line: StatementLine, known: dict[tuple[MoneyKind, str], Entry]) -> Entry | None:
    return known.get((line.kind, _name(line))) or known.get((line.kind, line.reference))


def _compared(group: list[StatementLine], entry: Entry | None) -> list[Difference]:
    line = group[0]
    if entry is None:
        kind: DifferenceKind = "paid_unknown" if line.kind == "payment" else "refund_unknown"
        return [_difference(kind, line, None)]
    if len({one.reference for one in group}) > 1:
        return [_difference("duplicate", group[-1], entry)]
    if line.amount.currency != entry.amount.currency:
        return [_difference("currency", line, entry)]
    if line.amount != entry.amount:
        return [_difference("amount", line, entry)]
    return []


def _difference(kind: DifferenceKind, line: StatementLine, entry: Entry | None) -> Difference:
    return Difference(
        kind=kind,
        reference=line.reference,
        order_id=entry.order_id if entry else line.order_id,
        payment_id=entry.payment_id if entry else line.payment_id,
        refund_id=entry.refund_id if entry else line.refund_id,
        ours=entry.amount if entry else None,
        theirs=line.amount,
    )


def _absent(entry: Entry) -> Difference:
    return Difference(
        kind="missing_at_provider" if entry.kind == "payment" else "refund_missing",
        reference=entry.reference,
        order_id=entry.order_id,
        payment_id=entry.payment_id,
        refund_id=entry.refund_id,
        ours=entry.amount,
    )
