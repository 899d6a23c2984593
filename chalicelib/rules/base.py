"""What every exception rule does: look at the evidence, and say from when something is wrong.

A rule module exposes `RULE`. It is pure: it reads no clock, but dates its finding by `since`, so
that one answer tells both whether something is wrong now and when to look again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from chalicelib.domain.disputes import Dispute
from chalicelib.domain.einvoices import EInvoice
from chalicelib.domain.exception_cases import Cause, Finding, Remedy, Subject
from chalicelib.domain.invoices import Invoice
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.payments import Payment, Refund
from chalicelib.domain.provider_records import ProviderRecord
from chalicelib.domain.questions import Question
from chalicelib.domain.receipts import Receipt
from chalicelib.domain.text import Text, both
from chalicelib.domain.thresholds import Guard, RuleSettings


class OrderEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of an order. `others` are the same customer's recent other orders."""

    order: Order
    events: tuple[OrderEvent, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    records: tuple[ProviderRecord, ...] = ()
    questions: tuple[Question, ...] = ()
    others: tuple[Order, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    einvoices: tuple[EInvoice, ...] = ()

    def found(
        self,
        rule: str,
        *,
        since: datetime,
        summary: Text,
        cause: Cause,
        customer_message: Text | None = None,
        is_asked: bool = False,
        remedies: tuple[Remedy, ...] = (),
        needs_approval: bool = False,
    ) -> Finding:
        return Finding(
            rule=rule,
            subject=Subject("order", self.order.order_id),
            store_id=self.order.store_id,
            since=since,
            summary=summary,
            cause=cause,
            customer_message=customer_message,
            is_asked=is_asked,
            remedies=remedies,
            needs_approval=needs_approval,
            money_at_risk=self.order.totals.total,
        )

    def last_event_at(self, *types: str) -> datetime | None:
        return max((event.at for event in self.events if event.type in types), default=None)


class StockEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """One SKU's level at one store, and when it was read; `missing` are reserved and not there."""

    store_id: str
    sku: str
    available: int
    reserved: int
    at: datetime
    missing: int = 0


class SubjectEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known at one moment of something that is neither an order nor a SKU.

    Each kind is gathered once a sweep, whole, by its line in `services/subjects.py`.
    """

    is_of_a_store: ClassVar[bool] = False

    subject: Subject
    at: datetime
    store_id: str = ""

    def found(
        self,
        rule: str,
        *,
        summary: Text,
        cause: Cause,
        since: datetime | None = None,
        remedies: tuple[Remedy, ...] = (),
    ) -> Finding:
        return Finding(
            rule=rule,
            subject=self.subject,
            store_id=self.store_id,
            since=since or self.at,
            summary=summary,
            cause=cause,
            remedies=remedies,
        )


class QueueEvidence(SubjectEvidence, frozen=True, kw_only=True):
    """How many messages a queue of last resort holds, and whether they can be tried anew."""

    messages: int
    can_go_back: bool = True


class FunctionEvidence(SubjectEvidence, frozen=True, kw_only=True):
    """When a scheduled function last ran by its schedule; None before the first time."""

    last_ran_at: datetime | None = None


class DriftEvidence(SubjectEvidence, frozen=True, kw_only=True):
    """A SKU whose books did not balance when last looked at, by so many units, and why."""

    is_of_a_store: ClassVar[bool] = True

    units: int
    faults: tuple[Text, ...]


class RateEvidence(SubjectEvidence, frozen=True, kw_only=True):
    """Orders of a store in the last full window, and in the same windows of the days before."""

    is_of_a_store: ClassVar[bool] = True

    began_at: datetime
    orders: int
    before: tuple[int, ...]


class CustomerEvidence(SubjectEvidence, frozen=True, kw_only=True):
    """What one customer (or one guest's contact) did of late."""

    orders: int
    failed_payments: int


class OrphanEvidence(SubjectEvidence, frozen=True, kw_only=True):
    """Events of a provider that name no order of ours: how many, and the oldest of them."""

    count: int
    event_ids: tuple[str, ...]
    raw_types: tuple[str, ...]
    oldest_at: datetime


class BufferEvidence(SubjectEvidence, frozen=True, kw_only=True):
    """An incident that is over while orders taken under it wait; `waiting` counts all queues."""

    told: str
    closed_at: datetime
    waiting: int


class ForgeryEvidence(SubjectEvidence, frozen=True, kw_only=True):
    """How many webhooks in a provider's name were refused within the window, and since when."""

    count: int
    window_minutes: int
    first_at: datetime


GUARD_WORDS = frozenset(Guard.__struct_fields__)


class OrderRule(msgspec.Struct, frozen=True):
    name: str
    title: Text
    foresee: Callable[[OrderEvidence, RuleSettings], Finding | None]

    @property
    def guarded_by(self) -> frozenset[str]:
        """By which words of a guard the rule can be narrowed."""
        return GUARD_WORDS


class StockRule(msgspec.Struct, frozen=True):
    """`of_orders` is what the same rule says about an order."""

    name: str
    title: Text
    foresee: Callable[[StockEvidence, RuleSettings], Finding | None]
    of_orders: OrderRule | None = None

    @property
    def guarded_by(self) -> frozenset[str]:
        return GUARD_WORDS if self.of_orders else frozenset({"store_ids"})


class SubjectRule(msgspec.Struct, frozen=True):
    """A rule about one kind of `SubjectEvidence`, the one that `about` names."""

    name: str
    title: Text
    about: type[SubjectEvidence]
    foresee: Callable[[Any, RuleSettings], Finding | None]

    @property
    def guarded_by(self) -> frozenset[str]:
        return frozenset({"store_ids"} if self.about.is_of_a_store else ())


Rule = OrderRule | StockRule | SubjectRule


APPROVED_ONLY = both(" A manager must approve giving it back.", "退款须经经理批准。")


def joined(*texts: Text) -> Text:
    """One text after the other, in both languages."""
    return both("".join(one["en"] for one in texts), "".join(one["zh-CN"] for one in texts))


def amount(minor: int, order: Order) -> str:
    """As people write it, in the order's currency."""
    return Money(minor, order.currency).decimal()
