"""The double-entry ledger, read off the event log: each fact about money as balanced postings.

Nothing is written for it. The log is append-only and each event carries its amounts, so the ledger
of an order is a function of its events, the same today and in ten years.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.domain.money import Money
from chalicelib.domain.orders import OrderEvent

# What a customer owes (or has prepaid), what was sold, what was given up, what is the state's.
CUSTOMER, REVENUE, DISCOUNT, TAX = "customer", "revenue", "discount", "tax"
REFUND, FEES, DISPUTES = "refund", "fees", "disputes"
_CLEARING = "provider:"
# A refund that fails after it had succeeded comes back.
_RETURNS = {"refund.succeeded": 1, "refund.failed": -1}
FEE_CHARGED, FEE_RETURNED = "payment.fee_charged", "payment.fee_returned"
_FEES = {FEE_CHARGED: 1, FEE_RETURNED: -1}
COLUMNS = (
    "at", "store_id", "order_number", "order_id", "entry_id", "type", "document", "account",
    "debit", "credit", "currency", "charge", "charge_currency",
)  # fmt: skip


class Posting(msgspec.Struct, frozen=True):
    """One side of an entry; of debit and credit one is zero."""

    account: str
    debit: Money
    credit: Money


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One fact, under its event's id; `document` is the payment, refund or invoice it is about.

    The postings are in the store's currency; `charge` is the same in the one that was moved.
    """

    entry_id: str
    at: datetime
    store_id: str
    order_id: str
    order_number: str
    type: str
    document: str
    postings: tuple[Posting, ...]
    charge: Money | UnsetType = UNSET

    @property
    def difference(self) -> int:
        """Debits less credits: zero, or the books are wrong."""
        return sum(p.debit.amount_minor - p.credit.amount_minor for p in self.postings)


Amounts = Mapping[str, int]


def entries_of(events: Iterable[OrderEvent]) -> Iterator[Entry]:
    """An order's entries, from its events in their order."""
    providers: dict[str, str] = {}
    given_back: set[str] = set()
    for event in events:
        if event.type == "payment.captured":
            providers[event.data["payment_id"]] = event.data["provider"]
        if event.type == "refund.succeeded":
            given_back.add(event.data["refund_id"])
        if event.type == "refund.failed" and event.data["refund_id"] not in given_back:
            continue  # it never left
        amounts = {account: n for account, n in _amounts(event, providers).items() if n}
        if amounts:
            yield _entry(event, amounts)


def days_of(events: Iterable[OrderEvent]) -> set[date]:
    """The days, in UTC, on which an order has entries."""
    return {entry.at.astimezone(UTC).date() for entry in entries_of(events)}


def balances(entries: Iterable[Entry]) -> dict[str, int]:
    """Each account's debits less its credits."""
    sums: dict[str, int] = {}
    for entry in entries:
        for posting in entry.postings:
            moved = posting.debit.amount_minor - posting.credit.amount_minor
            sums[posting.account] = sums.get(posting.account, 0) + moved
    return sums


def clearing(provider: str) -> str:
    """What that payment company holds for the store."""
    return _CLEARING + provider


def _amounts(event: OrderEvent, providers: Mapping[str, str]) -> Amounts:
    """Debits as positive and credits as negative amounts, by account."""
    data = event.data
    if event.type == "invoice.issued":
        return _invoiced(data)
    provider = clearing(providers.get(data.get("payment_id", ""), data.get("provider", "unknown")))
    if event.type == "payment.captured":
        amount = _minor(data, "captured")
        return {provider: amount, CUSTOMER: -amount}
    if event.type in _RETURNS:
        amount = _minor(data, "amount") * _RETURNS[event.type]
        return {CUSTOMER: amount, provider: -amount}
    if event.type in _FEES:
        amount = _minor(data, "fee") * _FEES[event.type]
        return {FEES: amount, provider: -amount}
    if event.type == "dispute.closed" and data.get("outcome") == "lost":
        amount = _minor(data, "amount")
        return {DISPUTES: amount, provider: -amount}
    return {}


def _invoiced(data: Mapping[str, Any]) -> Amounts:
    """An invoice makes the customer owe it; a credit note takes back of what was sold."""
    total, tax, discount = (_minor(data, name) for name in ("total", "tax", "discount"))
    if data["kind"] == "credit_note":
        return {REFUND: total - tax, TAX: tax, CUSTOMER: -total}
    return {CUSTOMER: total, DISCOUNT: discount, REVENUE: tax - total - discount, TAX: -tax}


def _minor(data: Mapping[str, Any], name: str) -> int:
    amount = data.get(name)
    return int(amount["amount_minor"]) if amount else 0


def _entry(event: OrderEvent, amounts: Amounts) -> Entry:
    # A provider may keep its fee in the currency that it pays out.
    currency = event.data["fee"]["currency"] if event.type in _FEES else event.total.currency
    names = ("invoice_id", "refund_id", "dispute_id", "payment_id")
    return Entry(
        entry_id=event.event_id,
        at=event.at,
        store_id=event.store_id,
        order_id=event.order_id,
        order_number=event.number,
        type=event.type,
        document=next((event.data[name] for name in names if name in event.data), ""),
        postings=tuple(
            Posting(account, Money(max(n, 0), currency), Money(max(-n, 0), currency))
            for account, n in amounts.items()
        ),
        charge=msgspec.convert(event.data["charge"], Money) if "charge" in event.data else UNSET,
    )


def written(entries: Iterable[Entry]) -> str:
    """The entries as CSV, a row a posting; nothing in it can act as a formula."""
    target = io.StringIO("\ufeff")  # Excel takes a file without the mark for another encoding
    target.seek(0, io.SEEK_END)
    sheet = csv.writer(target)
    sheet.writerow(COLUMNS)
    for entry in entries:
        head = (
            entry.at.isoformat(), entry.store_id, entry.order_number, entry.order_id,
            entry.entry_id, entry.type, entry.document,
        )  # fmt: skip
        charge = (entry.charge.decimal(), entry.charge.currency) if entry.charge else ("", "")
        for posting in entry.postings:
            amounts = (posting.debit.decimal(), posting.credit.decimal(), posting.debit.currency)
            sheet.writerow((*head, posting.account, *amounts, *charge))
    return target.getvalue()
