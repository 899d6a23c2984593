"""The order: its parts, and how facts about it are written down.

Functions take the order as it was and return a `Change`: the order as it will be and every fact
that comes with it, which the store writes as one transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from chalicelib.domain.ids import event_id
from chalicelib.domain.money import Money
from chalicelib.domain.text import Text

Status = Literal[
    "received", "placed", "confirmed", "accepted", "preparing", "ready", "shipped", "completed",
    "canceled", "rejected",
]  # fmt: skip
PaymentState = Literal[
    "unpaid", "pending", "authorized", "paid", "partially_refunded", "refunded", "failed",
    "disputed", "overpaid", "underpaid",
]  # fmt: skip
FulfillmentState = Literal[
    "unfulfilled", "preparing", "ready", "shipped", "out_for_delivery", "delivered", "picked_up",
    "served", "delivery_failed", "returned",
]  # fmt: skip
Channel = Literal["web", "app", "kiosk", "qr", "pos", "watch"]
FulfillmentType = Literal["delivery", "pickup", "dine_in"]

TERMINAL: frozenset[str] = frozenset({"completed", "canceled", "rejected"})
EDITABLE: frozenset[str] = frozenset({"placed", "confirmed", "accepted"})


class ChosenOption(msgspec.Struct, frozen=True):
    option_id: str
    choice_id: str
    name: Text
    price_delta: Money


class LineItem(msgspec.Struct, frozen=True, kw_only=True):
    """`units` are the stock units that one line takes, bundles expanded: SKU to quantity."""

    line_id: str
    sku: str
    name: Text
    quantity: int
    unit_price: Money
    line_total: Money
    options: tuple[ChosenOption, ...] = ()
    units: dict[str, int] = msgspec.field(default_factory=dict)


class Totals(msgspec.Struct, frozen=True):
    subtotal: Money
    discount: Money
    delivery_fee: Money
    tax: Money
    total: Money


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    line1: str
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Fulfillment(msgspec.Struct, frozen=True, kw_only=True):
    type: FulfillmentType
    address: Address | None = None
    table: str | None = None
    requested_at: datetime | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str | None = None
    phone: str | None = None
    email: str | None = None


class Actor(msgspec.Struct, frozen=True):
    type: str
    id: str


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of the log. `data` carries what consumers need, never personal data."""

    event_id: str
    order_id: str
    type: str
    version: int
    at: datetime
    actor: Actor
    store_id: str
    customer_id: str | None
    number: str
    status: Status
    payment_status: PaymentState
    fulfillment_status: FulfillmentState
    total: Money
    data: dict[str, Any] = msgspec.field(default_factory=dict)


# Facts that come by themselves and change nothing of the order: who saw it without them saw it all.
ASIDES = frozenset({
    "invoice.issued", "exception.opened", "exception.resolved", "payment.fee_charged",
    "payment.fee_returned", "einvoice.requested", "einvoice.issued", "einvoice.rejected",
    "einvoice.voided", "question.asked", "question.expired", "order.repeat_refused",
})  # fmt: skip


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as stored. Amounts in `captured_minor` and below are of the store's currency.

    `waived_minor` was given back though it was owed, so it is not due again. `failed_refund_minor`
    was to be given back, came back to us and is not promised anew. `disputed_minor` the buyers'
    banks hold until they have decided; `lost_minor` they took for good.

    `guest` orders have no customer until claimed. `guard_key` names the duplicate guard that this
    order holds. `reserved` are the stock units that it holds now; `pending_edit` is an edit that
    waits for the difference to be paid, with the units it holds besides.
    """

    order_id: str
    number: str
    pickup_code: str
    version: int
    status: Status
    payment_status: PaymentState
    fulfillment_status: FulfillmentState
    store_id: str
    customer_id: str | None
    channel: Channel
    line_items: tuple[LineItem, ...]
    totals: Totals
    fulfillment: Fulfillment
    contact: Contact
    placed_at: datetime
    updated_at: datetime
    fingerprint: str
    language: str = "en"
    note: str | None = None
    expires_at: datetime | None = None
    promised_at: datetime | None = None
    cancel_reason: str | None = None
    confirmed_at: datetime | None = None
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    captured_minor: int = 0
    refunded_minor: int = 0
    refund_pending_minor: int = 0
    failed_refund_minor: int = 0
    waived_minor: int = 0
    disputed_minor: int = 0
    lost_minor: int = 0
    open_payment_id: str | None = None
    guard_key: str | None = None
    guard_expires_at: datetime | None = None
    duplicate_meant: bool = False
    reserved: dict[str, int] = msgspec.field(default_factory=dict)
    pending_edit: "PendingEdit | None" = None
    coupon_code: str | None = None
    next_check_ms: int | None = None
    asides: int = 0

    @property
    def seen_from(self) -> int:
        """The first version that shows all a decision could hang on; later ones only add papers."""
        return self.version - self.asides

    @property
    def currency(self) -> str:
        return self.totals.total.currency

    @property
    def due_minor(self) -> int:
        """What is still to be paid; negative when too much was."""
        kept = self.captured_minor - self.refunded_minor - self.lost_minor
        return self.totals.total.amount_minor - self.waived_minor - kept

    @property
    def excess_minor(self) -> int:
        """What was taken beyond the total and is not promised back yet."""
        return -self.due_minor - self.refund_pending_minor

    @property
    def payable_minor(self) -> int:
        """What a payment would take now: what is due, a pending edit's difference included."""
        edit = self.pending_edit
        raised = edit.totals.total - self.totals.total if edit else None
        return self.due_minor + (raised.amount_minor if raised else 0)

    @property
    def refundable_minor(self) -> int:
        gone = self.refunded_minor + self.lost_minor
        return self.captured_minor - gone - self.refund_pending_minor - self.disputed_minor

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL


class PendingEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What the order becomes once the difference is paid."""

    line_items: tuple[LineItem, ...]
    totals: Totals
    fulfillment: Fulfillment
    contact: Contact
    note: str | None
    reserved: dict[str, int]
    expires_at: datetime


class StockMove(msgspec.Struct, frozen=True):
    """Units of one SKU of the order's store: reserve, release or commit (reserved to sold)."""

    kind: Literal["reserve", "release", "commit"]
    sku: str
    quantity: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction writes. `before` is None for an order that must not exist yet.

    `documents` are further items of the order's collection: payments, refunds, disputes, shipments.
    """

    before: Order | None
    order: Order
    events: tuple[OrderEvent, ...]
    stock: tuple[StockMove, ...] = ()
    documents: tuple[Any, ...] = ()
    takes_guard: bool = False
    frees_guard: bool = False


def happened(
    order: Order, facts: tuple[tuple[str, dict[str, Any]], ...], actor: Actor, now: datetime
) -> tuple[Order, tuple[OrderEvent, ...]]:
    """The order with its version moved by one a fact, and the facts as events of the new state."""
    version = order.version
    is_aside = all(kind in ASIDES for kind, _ in facts)
    order = msgspec.structs.replace(
        order,
        version=version + len(facts),
        updated_at=now,
        asides=order.asides + len(facts) if is_aside else 0,
    )
    events = tuple(
        OrderEvent(
            event_id=event_id(order.order_id, version + i),
            order_id=order.order_id,
            type=kind,
            version=version + i,
            at=now,
            actor=actor,
            store_id=order.store_id,
            customer_id=order.customer_id,
            number=order.number,
            status=order.status,
            payment_status=order.payment_status,
            fulfillment_status=order.fulfillment_status,
            total=order.totals.total,
            data=data,
        )
        for i, (kind, data) in enumerate(facts, 1)
    )
    return order, events


def units_of(lines: tuple[LineItem, ...]) -> dict[str, int]:
    """Stock units of all lines together, merged by SKU so that each is conditioned once."""
    units: dict[str, int] = {}
    for line in lines:
        for sku, quantity in line.units.items():
            units[sku] = units.get(sku, 0) + quantity
    return units


def stock_moves(
    kind: Literal["reserve", "release", "commit"], units: Mapping[str, int]
) -> tuple[StockMove, ...]:
    return tuple(StockMove(kind, sku, n) for sku, n in sorted(units.items()) if n > 0)
