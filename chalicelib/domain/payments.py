"""The truth about money: payments, refunds, and what a provider's word changes.

The machine is monotonic: any order and repetition of a payment's events ends in the same state.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from chalicelib.domain import charges, edits, orders
from chalicelib.domain.charges import Charge
from chalicelib.domain.errors import Conflict
from chalicelib.domain.line_refunds import RefundedLine
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor, Change, Order, StockMove

PaymentStatus = Literal["pending", "authorized", "failed", "expired", "canceled", "captured"]
RefundStatus = Literal["pending", "succeeded", "failed"]
Method = Literal["card", "wallet", "bank", "qr", "on_site"]
Device = Literal["desktop", "phone", "watch"]
EventKind = Literal[
    "payment.pending", "payment.authorized", "payment.captured", "payment.failed",
    "payment.expired", "payment.canceled", "payment.unknown", "payment.approved",
    "refund.pending", "refund.succeeded", "refund.failed", "refund.unknown",
    "dispute.opened", "dispute.closed",
]  # fmt: skip

# A later word never takes back an earlier one of a higher rank; captured is money and always wins.
# A failed attempt may be followed by another, so the end of the whole payment outranks it.
_RANK = {"pending": 0, "authorized": 1, "failed": 2, "canceled": 3, "expired": 3, "captured": 4}
OPEN: frozenset[str] = frozenset({"pending", "authorized"})
# A declined attempt may still be paid on the provider's page: it has to be closed there as well.
PAYABLE: frozenset[str] = OPEN | {"failed"}


class NextAction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    type: Literal["redirect", "qr_code", "client_secret", "none"]
    url: str | None = None
    qr_data: str | None = None
    client_secret: str | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to take money. `reference` is the provider's id, known once it answered;
    `asked_at` is when the sweep last asked about it and heard nothing new. With a `charge` the
    provider takes that, in another currency; all amounts here are in the store's.
    """

    payment_id: str
    order_id: str
    provider: str
    method: Method
    status: PaymentStatus
    amount: Money
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    fingerprint: str
    next_action: NextAction = NextAction(type="none")
    reference: str | None = None
    captured_minor: int = 0
    failure_reason: str | None = None
    asked_at: datetime | None = None
    charge: Charge | msgspec.UnsetType = msgspec.UNSET

    @property
    def at_provider(self) -> Money:
        """What the provider is asked to take."""
        return self.charge.amount if self.charge else self.amount

    @property
    def taken(self) -> Money:
        """What the provider took, in its currency."""
        minor = self.charge.captured_minor if self.charge else self.captured_minor
        return Money(minor, self.at_provider.currency)


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """`part_of` is the refund that people asked for, when it took more than one payment.

    One that was `made_elsewhere`, in the provider's dashboard, is never asked for by us. `charge`
    is what the provider gives back where it took another currency.
    """

    refund_id: str
    order_id: str
    payment_id: str
    status: RefundStatus
    amount: Money
    reason: str
    created_at: datetime
    updated_at: datetime
    fingerprint: str
    reference: str | None = None
    failure_reason: str | None = None
    waived_minor: int = 0
    lines: tuple[RefundedLine, ...] = ()
    part_of: str | None = None
    made_elsewhere: bool = False
    charge: Money | msgspec.UnsetType = msgspec.UNSET

    @property
    def at_provider(self) -> Money:
        """What the provider is asked to give back."""
        return self.charge or self.amount


class ProviderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's word in Docket's terms, from a webhook or from asking.

    `event_id` is stable over repeats; `payment_id` is ours, given to the provider at the start,
    `reference` theirs; an event that names no order is found by asking for the reference. An
    unknown kind of event has `kind` None: kept, and nothing is done. Of a dispute, `won` tells how
    it ended and `evidence_due_at` until when the bank wants to hear us.
    `payment.approved` is no money yet: the buyer agreed that we take it. With `ask_first` the
    message proves too little by itself: the provider is asked before it is believed.
    """

    provider: str
    event_id: str
    kind: EventKind | None
    raw_type: str
    occurred_at: datetime
    order_id: str | None = None
    payment_id: str | None = None
    reference: str | None = None
    amount: Money | None = None
    refund_id: str | None = None
    refund_reference: str | None = None
    reason: str | None = None
    dispute_reference: str | None = None
    evidence_due_at: datetime | None = None
    won: bool | None = None
    ask_first: bool = False


def begin(order: Order, payment: Payment, actor: Actor, now: datetime) -> Change:
    """Offer a payment of what is due. The order waits for it as long as the payment lives."""
    if order.status not in {"placed", "confirmed", "accepted", "preparing", "ready", "shipped"}:
        raise Conflict(
            f"An order that is {order.status} takes no payment.", code="order_not_payable"
        )
    if order.payable_minor <= 0:
        raise Conflict("Everything is paid.", code="already_paid")
    changes: dict[str, Any] = {"open_payment_id": payment.payment_id}
    if order.captured_minor == 0:
        changes["payment_status"] = "pending"
    if order.expires_at and payment.expires_at > order.expires_at:
        changes["expires_at"] = payment.expires_at
    after, events = orders.happened(
        msgspec.structs.replace(order, **changes),
        (("payment.pending", facts_of(payment)),),
        actor,
        now,
    )
    return Change(before=order, order=after, events=events, documents=(payment,))


def apply(order: Order, payment: Payment, event: ProviderEvent, now: datetime) -> Change | None:
    """What the provider's word about a payment changes; None when it says nothing new."""
    if event.kind is None or not event.kind.startswith("payment."):
        return None
    word = event.kind.removeprefix("payment.")
    if word not in _RANK or _RANK[word] <= _RANK[payment.status]:
        return None
    if word == "captured":
        return _captured(order, payment, event, now)
    return _not_captured(order, payment, event, word, now)


def _not_captured(
    order: Order, payment: Payment, event: ProviderEvent, word: str, now: datetime
) -> Change:
    paid = msgspec.structs.replace(
        payment,
        status=word,
        updated_at=now,
        reference=event.reference or payment.reference,
        failure_reason=event.reason if word == "failed" else None,
    )
    changes: dict[str, Any] = {}
    is_open = order.open_payment_id == payment.payment_id
    was_failure = payment.status == order.payment_status == "failed" and not order.open_payment_id
    if word == "authorized" and is_open:
        changes["payment_status"] = "authorized"
    elif word != "authorized" and (is_open or was_failure):
        otherwise = "failed" if word == "failed" else "unpaid"
        changes["open_payment_id"] = None
        changes["payment_status"] = settled_state(order, otherwise)
    kind = "payment.expired" if word in {"expired", "canceled"} else f"payment.{word}"
    facts = ((kind, facts_of(paid)),)
    after, events = orders.happened(
        msgspec.structs.replace(order, **changes), facts, actor_of(event), now
    )
    return Change(before=order, order=after, events=events, documents=(paid,))


def _captured(order: Order, payment: Payment, event: ProviderEvent, now: datetime) -> Change:
    taken = event.amount or payment.at_provider
    paid = msgspec.structs.replace(
        _booked(payment, taken),
        status="captured",
        updated_at=now,
        reference=event.reference or payment.reference,
        failure_reason=None,
    )
    order_after = msgspec.structs.replace(
        order,
        captured_minor=order.captured_minor + paid.captured_minor,
        open_payment_id=None
        if order.open_payment_id == payment.payment_id
        else order.open_payment_id,
    )
    facts: list[tuple[str, dict[str, Any]]] = [("payment.captured", facts_of(paid))]
    if taken != payment.at_provider:
        unlike = {"expected": payment.at_provider, "taken": taken}
        facts.append(("payment.mismatched", {**facts_of(paid), **msgspec.to_builtins(unlike)}))
    moves: tuple[StockMove, ...] = ()
    if order_after.pending_edit and order_after.payable_minor <= 0:
        order_after, moves = edits.settle(order_after)
        facts.append(("order.changed", {"total": msgspec.to_builtins(order_after.totals.total)}))
    order_after = msgspec.structs.replace(
        order_after, payment_status=settled_state(order_after, "unpaid")
    )
    if order.status == "placed" and order_after.due_minor <= 0:
        order_after = msgspec.structs.replace(
            order_after, status="confirmed", confirmed_at=now, expires_at=None
        )
        facts.append(("order.confirmed", {}))
    after, events = orders.happened(order_after, tuple(facts), actor_of(event), now)
    return Change(before=order, order=after, events=events, stock=moves, documents=(paid,))


def _booked(payment: Payment, taken: Money) -> Payment:
    """In the store's currency. Of a currency that nobody asked for, nothing can be booked."""
    if taken.currency != payment.at_provider.currency:
        return payment
    if not payment.charge:
        return msgspec.structs.replace(payment, captured_minor=taken.amount_minor)
    asked, minor = payment.charge.amount.amount_minor, taken.amount_minor
    return msgspec.structs.replace(
        payment,
        captured_minor=charges.at_home(minor, asked, payment.amount.amount_minor),
        charge=msgspec.structs.replace(payment.charge, captured_minor=minor),
    )


def payment_expiry(order: Order, now: datetime) -> datetime:
    """A payment lives as long as its order waits, and at least five minutes."""
    shortest = now + timedelta(minutes=5)
    return max(order.expires_at or now + timedelta(minutes=15), shortest)


def settled_state(order: Order, otherwise: str) -> str:
    """`payment_status` from the amounts alone, `otherwise` while nothing was captured."""
    if order.captured_minor == 0:
        return otherwise
    if order.disputed_minor:
        return "disputed"
    gone = order.refunded_minor + order.lost_minor
    if gone >= order.captured_minor:
        return "refunded"
    if gone:
        return "partially_refunded"
    total = order.totals.total.amount_minor
    kept = order.captured_minor - order.refund_pending_minor
    if kept < total and not order.refund_pending_minor:
        return "underpaid"
    return "paid" if kept <= total else "overpaid"


def actor_of(event: ProviderEvent) -> Actor:
    return Actor("provider", event.provider)


def facts_of(payment: Payment) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "payment_id": payment.payment_id,
        "provider": payment.provider,
        "method": payment.method,
        "amount": msgspec.to_builtins(payment.amount),
    }
    if payment.status == "captured":
        facts["captured"] = {
            "amount_minor": payment.captured_minor,
            "currency": payment.amount.currency,
        }
    if payment.charge:
        charge = payment.taken if payment.status == "captured" else payment.at_provider
        facts["charge"] = msgspec.to_builtins(charge)
        facts["rate"] = payment.charge.rate
    if payment.failure_reason:
        facts["reason"] = payment.failure_reason
    return facts
