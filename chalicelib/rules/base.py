"""What every exception rule does: look at the evidence, and say from when something is wrong.

A rule module exposes `RULE`. It is pure: it reads no clock, but dates its finding by `since`, so
that one answer tells both whether something is wrong now and when to look again.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.domain.disputes import Dispute
from chalicelib.domain.exception_cases import Cause, Finding, Remedy, Subject
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.payments import Payment, Refund
from chalicelib.domain.receipts import Receipt
from chalicelib.domain.text import Text
from chalicelib.domain.thresholds import RuleSettings


class OrderEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of an order. `others` are the same customer's recent other orders."""

    order: Order
    events: tuple[OrderEvent, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    others: tuple[Order, ...] = ()

    def found(
        self,
        rule: str,
        *,
        since: datetime,
        summary: Text,
        cause: Cause,
        customer_message: Text | None = None,
        remedies: tuple[Remedy, ...] = (),
    ) -> Finding:
        return Finding(
            rule=rule,
            subject=Subject("order", self.order.order_id),
            store_id=self.order.store_id,
            since=since,
            summary=summary,
            cause=cause,
            customer_message=customer_message,
            remedies=remedies,
        )

    def last_event_at(self, *types: str) -> datetime | None:
        return max((event.at for event in self.events if event.type in types), default=None)


class StockEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """One SKU's level at one store, and when it was read."""

    store_id: str
    sku: str
    available: int
    reserved: int
    at: datetime


class OrderRule(msgspec.Struct, frozen=True):
    name: str
    title: Text
    foresee: Callable[[OrderEvidence, RuleSettings], Finding | None]


class StockRule(msgspec.Struct, frozen=True):
    name: str
    title: Text
    foresee: Callable[[StockEvidence, RuleSettings], Finding | None]


def both(en: str, zh: str) -> Text:
    """A text in both languages."""
    return {"en": en, "zh-CN": zh}


def amount(minor: int, order: Order) -> str:
    """As people write it, in the order's currency."""
    return Money(minor, order.currency).decimal()
