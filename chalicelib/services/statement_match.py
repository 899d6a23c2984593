"""A provider's statement held against our books: every difference becomes a case or is recorded.

What differs is noted behind the order's timeline, where the rules look; it is taken away again by
the next match of that day which finds the books alike.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.payments import EventKind, Payment, ProviderEvent
from chalicelib.domain.provider_records import ProviderRecord, RecordedRefund
from chalicelib.domain.reconciliations import DIFFERENCES_MAX, Reconciliation, Source
from chalicelib.domain.statements import (
    Difference,
    Period,
    StatementLine,
    fees_to_book,
    match,
)
from chalicelib.observability import count, logger
from chalicelib.providers.base import ProviderRefused, StatementSource
from chalicelib.services import fees, payments, webhooks
from chalicelib.store import day_book, provider_records, reconciliations
from chalicelib.store import orders as table

# What is written on one side of midnight here is found on the other side there.
_EDGE = timedelta(hours=1)
# A fee takes two calls; a request of people ends within 29 seconds.
FEES_AT_ONCE = 500


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """`lines` may reach beyond the period."""

    provider: str
    day: date
    period: Period
    source: Source
    lines: tuple[StatementLine, ...]


def asked(provider_name: str, day: date, period: Period) -> Statement:
    """The statement that a provider's API gives. Raises `Conflict` when it has none."""
    provider = payments.provider_named(provider_name)
    secrets = payments.required_secrets(provider_name)
    if not isinstance(provider, StatementSource):
        raise Conflict("Import its statement.", code="statement_not_offered")
    try:
        lines = tuple(provider.list_statement(secrets, _wide(period)))
    except ProviderRefused as refused:
        raise Unavailable(f"It does not show its books: {refused.detail}.") from refused
    return Statement(provider=provider_name, day=day, period=period, source="provider", lines=lines)


def reconcile(
    statement: Statement, requested_by: str, now: datetime, fees_max: int = FEES_AT_ONCE
) -> Reconciliation:
    """Match, settle what can be, raise the rest, book the fees, and keep the report, differences or
    none.
    """
    book = day_book.entries(statement.provider, _wide(statement.period))
    found = match(statement.lines, book, statement.period)
    report_id = reconciliations.id_of(statement.provider, statement.day)
    settled = [
        after
        for before in found.differences
        if (after := _settled(before, statement, now)) is not None
    ]
    noted = _note(settled, statement, report_id, now)
    _take_back(report_id, noted, now)
    booked, waiting = _book_fees(settled, statement, now, fees_max)
    report = Reconciliation(
        reconciliation_id=report_id,
        provider=statement.provider,
        day=statement.day,
        since=statement.period.since,
        until=statement.period.until,
        source=statement.source,
        requested_by=requested_by,
        created_at=now,
        lines=found.lines,
        entries=found.entries,
        matched=found.matched,
        difference_count=len(settled),
        fees_booked=booked,
        fees_waiting=waiting,
        differences=tuple(settled[:DIFFERENCES_MAX]),
    )
    reconciliations.save(report)
    count("ReconciliationDifferences", len(settled))
    logger.info("books matched", extra={"report": report_id, "differences": len(settled)})
    return report


def _book_fees(
    settled: Iterable[Difference], statement: Statement, now: datetime, at_most: int
) -> tuple[int, int]:
    """How many were booked, and how many are left for a later match of the same day."""
    told = [line for line in statement.lines if line.fee and line.fee.amount_minor > 0]
    if not told:
        return 0, 0
    to_book = fees_to_book(told, day_book.entries(statement.provider, _wide(statement.period)))
    booked = sum(fees.record(entry, fee, now) for entry, fee in to_book[:at_most])
    unknown = {one.reference for one in settled if one.outcome == "case" and one.ours is None}
    waiting = sum(line.reference in unknown for line in told)
    return booked, waiting + len(to_book[at_most:])


def _wide(period: Period) -> Period:
    return Period(period.since - _EDGE, period.until + _EDGE)


def _settled(found: Difference, statement: Statement, now: datetime) -> Difference | None:
    """None for what is in the order after all, only on another day."""
    if found.kind not in {"paid_unknown", "refund_unknown"}:
        return found
    if found.order_id and table.find_order(found.order_id) and found.kind == "paid_unknown":
        return None if _is_recorded(found) else found
    verdict = webhooks.take(_as_event(found, statement), msgspec.json.encode(found), now)
    if verdict == "nothing_new":
        return None
    outcome = "orphan" if verdict == "orphan" else "recorded"
    return msgspec.structs.replace(found, outcome=outcome)


def _is_recorded(found: Difference) -> bool:
    payment = table.load_file(found.order_id or "").payment(found.payment_id)
    return payment is not None and payment.status == "captured"


def _as_event(found: Difference, statement: Statement) -> ProviderEvent:
    """A statement moves no money by itself: the provider is asked before it is believed."""
    kind: EventKind = "payment.captured" if found.kind == "paid_unknown" else "refund.succeeded"
    line = next(one for one in statement.lines if one.reference == found.reference)
    is_refund = line.kind == "refund"
    return ProviderEvent(
        provider=statement.provider,
        event_id=f"statement:{line.kind}:{line.reference}",
        kind=kind,
        raw_type=f"statement.{line.kind}",
        occurred_at=line.occurred_at,
        order_id=line.order_id,
        payment_id=line.payment_id,
        reference=line.payment_reference if is_refund else line.reference,
        refund_id=line.refund_id,
        refund_reference=line.reference if is_refund else None,
        amount=line.amount,
        ask_first=True,
    )


def _note(
    found: Iterable[Difference], statement: Statement, report_id: str, now: datetime
) -> set[tuple[str, str]]:
    """Leave a record of each payment that differs with its order, and have the sweep look."""
    by_payment: dict[tuple[str, str], list[Difference]] = {}
    for one in found:
        if one.outcome == "case" and one.order_id and one.payment_id:
            by_payment.setdefault((one.order_id, one.payment_id), []).append(one)
    for (order_id, payment_id), differences in by_payment.items():
        payment = table.load_file(order_id).payment(payment_id)
        record = _record(payment_id, payment, differences, statement)
        record = msgspec.structs.replace(record, reconciliation_id=report_id, seen_at=now)
        provider_records.save(order_id, record)
        table.redate(table.load_order(order_id), now)
    return set(by_payment)


def _record(
    payment_id: str,
    payment: Payment | None,
    differences: Sequence[Difference],
    statement: Statement,
) -> ProviderRecord:
    taken = {
        line.reference: line.amount
        for line in statement.lines
        if line.kind == "payment"
        and (line.payment_id == payment_id or (payment and line.reference == payment.reference))
    }
    captured = tuple(taken.values())
    missing = any(one.kind == "missing_at_provider" for one in differences)
    if not captured and not missing and payment is not None:
        captured = (payment.taken,)  # taken on another day: only its refunds differ
    return ProviderRecord(
        provider=statement.provider,
        payment_id=payment_id,
        reconciliation_id="",
        seen_at=statement.period.until,
        captured=captured,
        missing_refund_ids=tuple(
            one.refund_id for one in differences if one.kind == "refund_missing" and one.refund_id
        ),
        unknown_refunds=tuple(
            RecordedRefund(
                reference=one.reference or "", amount=one.theirs, refund_id=one.refund_id
            )
            for one in differences
            if one.theirs is not None and _is_refund(one, statement)
        ),
    )


def _is_refund(found: Difference, statement: Statement) -> bool:
    return any(
        line.kind == "refund" and line.reference == found.reference for line in statement.lines
    )


def _take_back(report_id: str, noted: set[tuple[str, str]], now: datetime) -> None:
    """The records of the match before this one that no longer hold."""
    before = reconciliations.find(report_id)
    for one in before.differences if before else ():
        key = (one.order_id or "", one.payment_id or "")
        if one.outcome == "case" and all(key) and key not in noted:
            provider_records.delete(*key)
            if order := table.find_order(key[0]):
                table.redate(order, now)
