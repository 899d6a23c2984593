"""Orders as the API shows them: one shape for every reader, texts in their language."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.api import invoice_views, question_views
from chalicelib.api.invoice_views import InvoiceSummary
from chalicelib.api.question_views import QuestionView
from chalicelib.domain.catalogue import Store
from chalicelib.domain.disputes import Dispute
from chalicelib.domain.money import Money
from chalicelib.domain.orders import (
    Actor,
    Contact,
    Fulfillment,
    LineItem,
    Order,
    OrderEvent,
    Totals,
)
from chalicelib.domain.payments import NextAction, Payment, Refund
from chalicelib.domain.pricing import Problem
from chalicelib.domain.text import Text, localized
from chalicelib.services import charges
from chalicelib.services.charges import ShownCharge
from chalicelib.store.order_files import OrderFile


class OptionView(msgspec.Struct, kw_only=True):
    option_id: str
    choice_id: str
    name: str
    price_delta: Money


class LineView(msgspec.Struct, kw_only=True):
    line_id: str
    sku: str
    name: str
    names: Text
    quantity: int
    options: list[OptionView]
    unit_price: Money
    line_total: Money


class EventView(msgspec.Struct, kw_only=True):
    event_id: str
    type: str
    version: int
    at: datetime
    actor: Actor
    data: dict[str, Any]


class PaymentView(msgspec.Struct, kw_only=True):
    """`charge` is what the provider takes, where that is another currency than the store's."""

    payment_id: str
    order_id: str
    provider: str
    method: str
    status: str
    amount: Money
    next_action: NextAction
    expires_at: datetime
    created_at: datetime
    failure_reason: str | None
    charge: ShownCharge | UnsetType = UNSET


class RefundedLineView(msgspec.Struct, kw_only=True):
    line_id: str
    quantity: int
    amount: Money


class RefundView(msgspec.Struct, kw_only=True):
    """`line_items` are what was given back by line, each with its share of the total. `charge` is
    what the provider gives back where it took another currency.
    """

    refund_id: str
    payment_id: str
    status: str
    amount: Money
    reason: str
    failure_reason: str | None
    line_items: list[RefundedLineView]
    created_at: datetime
    updated_at: datetime
    charge: Money | UnsetType = UNSET


class DisputeView(msgspec.Struct, kw_only=True):
    """`evidence_due_at` is until when the bank takes our side of it, while it is open."""

    dispute_id: str
    payment_id: str
    status: str
    amount: Money
    reason: str | None
    evidence_due_at: datetime | None
    opened_at: datetime
    updated_at: datetime
    charge: Money | UnsetType = UNSET


class OrderSummary(msgspec.Struct, kw_only=True):
    """An order in a list, and the head of the whole one."""

    order_id: str
    number: str
    pickup_code: str
    status: str
    payment_status: str
    fulfillment_status: str
    version: int
    store_id: str
    customer_id: str | None
    channel: str
    line_items: list[LineView]
    totals: Totals
    amount_due: Money
    fulfillment: Fulfillment
    contact: Contact
    note: str | None
    placed_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    promised_at: datetime | None
    cancel_reason: str | None
    coupon_code: str | None
    pending_edit: dict[str, Any] | None


class OrderView(OrderSummary, kw_only=True):
    events: list[EventView]
    payments: list[PaymentView]
    refunds: list[RefundView]
    disputes: list[DisputeView]
    shipments: list[dict[str, Any]]
    invoices: list[InvoiceSummary]
    questions: list[QuestionView]
    guest_token: str | msgspec.UnsetType = msgspec.UNSET
    receipt: str | msgspec.UnsetType = msgspec.UNSET


class OrderPage(msgspec.Struct, kw_only=True):
    items: list[OrderSummary]
    next_cursor: str | None


class QuoteView(msgspec.Struct, kw_only=True):
    """`stock_checked` is false while the database is down: the price is right, stock unknown."""

    store_id: str
    line_items: list[LineView]
    totals: Totals
    problems: list[Problem]
    stock_checked: bool


def order_view(
    file: OrderFile, language: str, *, guest_token: str | None = None, receipt: str | None = None
) -> OrderView:
    return OrderView(
        **_head(file.order, language),
        events=[_event(event) for event in file.events],
        payments=[payment_view(payment) for payment in file.payments],
        refunds=[refund_view(refund) for refund in file.refunds],
        disputes=[_dispute(dispute) for dispute in file.disputes],
        shipments=list(file.shipments),
        invoices=invoice_views.of_order(file),
        questions=question_views.open_questions(file, language),
        guest_token=guest_token or msgspec.UNSET,
        receipt=receipt or msgspec.UNSET,
    )


def summary(order: Order, language: str) -> OrderSummary:
    return OrderSummary(**_head(order, language))


def quote_view(
    store: Store,
    lines: tuple[LineItem, ...],
    totals: Totals,
    problems: tuple[Problem, ...],
    language: str,
    *,
    stock_checked: bool,
) -> QuoteView:
    return QuoteView(
        store_id=store.store_id,
        line_items=[_line(line, language) for line in lines],
        totals=totals,
        problems=list(problems),
        stock_checked=stock_checked,
    )


def payment_view(payment: Payment) -> PaymentView:
    return PaymentView(
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        provider=payment.provider,
        method=payment.method,
        status=payment.status,
        amount=payment.amount,
        next_action=payment.next_action,
        expires_at=payment.expires_at,
        created_at=payment.created_at,
        failure_reason=payment.failure_reason,
        charge=charges.shown(payment.charge) if payment.charge else UNSET,
    )


def refund_view(refund: Refund) -> RefundView:
    return RefundView(
        refund_id=refund.refund_id, payment_id=refund.payment_id, status=refund.status,
        amount=refund.amount, reason=refund.reason, failure_reason=refund.failure_reason,
        line_items=[
            RefundedLineView(
                line_id=line.line_id,
                quantity=line.quantity,
                amount=Money(line.amount_minor, refund.amount.currency),
            )
            for line in refund.lines
        ],
        created_at=refund.created_at, updated_at=refund.updated_at, charge=refund.charge,
    )  # fmt: skip


def _dispute(dispute: Dispute) -> DisputeView:
    return DisputeView(**{name: getattr(dispute, name) for name in DisputeView.__struct_fields__})


def _head(order: Order, language: str) -> dict[str, Any]:
    edit = order.pending_edit
    return {
        **{name: getattr(order, name) for name in _SAME},
        "line_items": [_line(line, language) for line in order.line_items],
        "amount_due": Money(0 if _is_off(order) else order.due_minor, order.currency),
        "pending_edit": None
        if edit is None
        else {
            "line_items": [_line(line, language) for line in edit.line_items],
            "totals": edit.totals,
            "expires_at": edit.expires_at,
        },
    }


def _is_off(order: Order) -> bool:
    return order.status in {"canceled", "rejected"}


# Fields whose view is the stored value itself.
_SAME = tuple(
    name
    for name in OrderSummary.__struct_fields__
    if name not in {"line_items", "amount_due", "pending_edit"}
)


def _line(line: LineItem, language: str) -> LineView:
    return LineView(
        line_id=line.line_id,
        sku=line.sku,
        name=localized(line.name, language),
        names=line.name,
        quantity=line.quantity,
        options=[
            OptionView(
                option_id=option.option_id,
                choice_id=option.choice_id,
                name=localized(option.name, language),
                price_delta=option.price_delta,
            )
            for option in line.options
        ],
        unit_price=line.unit_price,
        line_total=line.line_total,
    )


def _event(event: OrderEvent) -> EventView:
    """What a payment company keeps is between it and the store: only the ledger tells how much."""
    data = event.data
    if "fee" in data:
        data = {name: value for name, value in data.items() if name != "fee"}
    return EventView(
        event_id=event.event_id, type=event.type, version=event.version, at=event.at,
        actor=event.actor, data=data,
    )  # fmt: skip
