"""Money back: promised first, settled by the provider's word; a failure has the last one.

A refund can fail after it succeeded, when the buyer's bank sends it back, and never the other way.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain import charges, orders
from chalicelib.domain.charges import Given
from chalicelib.domain.disputes import Dispute
from chalicelib.domain.errors import Conflict
from chalicelib.domain.ids import derived
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor, Change, Order
from chalicelib.domain.payments import (
    Payment,
    ProviderEvent,
    Refund,
    RefundStatus,
    actor_of,
    settled_state,
)

_WORDS: dict[str, RefundStatus] = {
    "refund.pending": "pending", "refund.succeeded": "succeeded", "refund.failed": "failed",
}  # fmt: skip
_RANK = {"pending": 0, "succeeded": 1, "failed": 2}


def request(order: Order, refund: Refund, actor: Actor, now: datetime) -> Change:
    """Promise money back; the provider is called with this refund's id after it is stored."""
    if not 0 < refund.amount.amount_minor <= order.refundable_minor:
        raise Conflict(
            "More than was taken cannot be given back.",
            code="refund_exceeds_captured",
            refundable=msgspec.to_builtins(Money(order.refundable_minor, order.currency)),
        )
    promised, refund = _promised(order, refund)
    after, events = orders.happened(promised, (("refund.pending", _facts(refund)),), actor, now)
    return Change(before=order, order=after, events=events, documents=(refund,))


def _promised(order: Order, refund: Refund) -> tuple[Order, Refund]:
    """What exceeds the surplus was owed: giving it back must not make it due again."""
    amount = refund.amount.amount_minor
    owed = order.status not in {"placed", "canceled", "rejected"}
    waived = max(0, amount - max(0, order.excess_minor)) if owed else 0
    promised = msgspec.structs.replace(
        order,
        refund_pending_minor=order.refund_pending_minor + amount,
        waived_minor=order.waived_minor + waived,
        failed_refund_minor=max(0, order.failed_refund_minor - amount),
    )
    return promised, msgspec.structs.replace(refund, waived_minor=waived)


def given_of(payment: Payment, refunds: Iterable[Refund], disputes: Iterable[Dispute]) -> Given:
    """What of a captured payment was given, promised or claimed back so far."""
    gone: list[Refund | Dispute] = [one for one in refunds if one.status != "failed"]
    gone += [one for one in disputes if one.status != "won"]
    gone = [one for one in gone if one.payment_id == payment.payment_id]
    return Given(
        sum(one.amount.amount_minor for one in gone),
        sum(one.at_provider.amount_minor for one in gone),
    )


def left_of(payment: Payment, refunds: Iterable[Refund], disputes: Iterable[Dispute]) -> int:
    """What of a captured payment was not given, promised or claimed back yet, in minor units."""
    return payment.captured_minor - given_of(payment, refunds, disputes).minor


def charged(refund: Refund, payment: Payment, given: Given) -> Refund:
    """The refund with what the provider is to give back, if that is in another currency."""
    if not payment.charge:
        return refund
    part = charges.part_to_return(
        refund.amount.amount_minor, given, payment.captured_minor, payment.charge
    )
    return msgspec.structs.replace(refund, charge=part)


def duplicates(
    order: Order,
    payments: Iterable[Payment],
    refunds: Iterable[Refund],
    disputes: Iterable[Dispute],
) -> list[Payment]:
    """Captured payments that are wholly beyond what the order costs, the latest first."""
    refunds, disputes = tuple(refunds), tuple(disputes)
    captured = [payment for payment in payments if payment.status == "captured"]
    surplus, found = order.excess_minor, []
    for payment in sorted(captured, key=lambda one: one.created_at, reverse=True)[:-1]:
        left = left_of(payment, refunds, disputes)
        if 0 < left <= surplus:
            surplus -= left
            found.append(payment)
    return found


def apply(order: Order, refund: Refund, event: ProviderEvent, now: datetime) -> Change | None:
    """What the provider's word changes of a refund; None when that says nothing new."""
    word = _WORDS.get(event.kind or "")
    if word == refund.status == "pending":
        return _hindered(order, refund, event, now)
    if word is None or _RANK[word] <= _RANK[refund.status]:
        return None
    return _settled(order, order, refund, event, word, now)


def hear(
    order: Order, payment: Payment, event: ProviderEvent, given: Given, now: datetime
) -> Change | None:
    """Record a refund that was not made here but at the provider, in its dashboard."""
    word = _WORDS.get(event.kind or "")
    if word is None:
        return None
    made = _made_elsewhere(payment, event, given, now)
    promised, made = _promised(order, made)
    if word == "pending":
        facts = (("refund.pending", _facts(made)),)
        after, events = orders.happened(promised, facts, actor_of(event), now)
        return Change(before=order, order=after, events=events, documents=(made,))
    return _settled(order, promised, made, event, word, now)


def _made_elsewhere(payment: Payment, event: ProviderEvent, given: Given, now: datetime) -> Refund:
    amount = payment.taken
    if event.amount is not None and event.amount.currency == amount.currency:
        amount = event.amount
    made = Refund(
        refund_id=foreign_id(event),
        order_id=payment.order_id,
        payment_id=payment.payment_id,
        status="pending",
        amount=amount,
        reason="made_at_provider",
        created_at=now,
        updated_at=now,
        fingerprint="",
        reference=event.refund_reference,
        made_elsewhere=True,
    )
    if not payment.charge:
        return made
    minor = charges.part_returned(
        amount.amount_minor, given, payment.captured_minor, payment.charge
    )
    return msgspec.structs.replace(
        made, amount=Money(minor, payment.amount.currency), charge=amount
    )


def foreign_id(event: ProviderEvent) -> str:
    """Our id of a refund that carries none: the same for every event about it."""
    return derived("ref", event.provider, event.refund_reference or event.event_id)


def _settled(
    before: Order,
    order: Order,
    refund: Refund,
    event: ProviderEvent,
    word: RefundStatus,
    now: datetime,
) -> Change:
    settled = msgspec.structs.replace(
        refund,
        status=word,
        updated_at=now,
        reference=event.refund_reference or refund.reference,
        failure_reason=event.reason if word == "failed" else None,
    )
    order_after = _moved(order, refund, word)
    order_after = msgspec.structs.replace(
        order_after, payment_status=settled_state(order_after, order.payment_status)
    )
    facts = ((f"refund.{word}", _facts(settled)),)
    after, events = orders.happened(order_after, facts, actor_of(event), now)
    return Change(before=before, order=after, events=events, documents=(settled,))


def _moved(order: Order, refund: Refund, word: RefundStatus) -> Order:
    amount = refund.amount.amount_minor
    changes: dict[str, int] = {}
    if refund.status == "pending":
        changes["refund_pending_minor"] = order.refund_pending_minor - amount
    if word == "succeeded":
        changes["refunded_minor"] = order.refunded_minor + amount
    else:
        was_given = amount if refund.status == "succeeded" else 0
        changes["refunded_minor"] = order.refunded_minor - was_given
        changes["failed_refund_minor"] = order.failed_refund_minor + amount
        changes["waived_minor"] = order.waived_minor - refund.waived_minor
    return msgspec.structs.replace(order, **changes)


def _hindered(order: Order, refund: Refund, event: ProviderEvent, now: datetime) -> Change | None:
    """The provider holds it up and says why: it goes on when a person has acted there."""
    if event.reason is None or event.reason == refund.failure_reason:
        return None
    hindered = msgspec.structs.replace(
        refund,
        updated_at=now,
        reference=event.refund_reference or refund.reference,
        failure_reason=event.reason,
    )
    told = (("refund.hindered", {**_facts(hindered), "hindrance": event.reason}),)
    after, events = orders.happened(order, told, actor_of(event), now)
    return Change(before=order, order=after, events=events, documents=(hindered,))


def _facts(refund: Refund) -> dict[str, Any]:
    facts = {
        "refund_id": refund.refund_id,
        "payment_id": refund.payment_id,
        "amount": msgspec.to_builtins(refund.amount),
        "reason": refund.reason,
    }
    if refund.charge:
        facts["charge"] = msgspec.to_builtins(refund.charge)
    return facts | ({"failure_reason": refund.failure_reason} if refund.failure_reason else {})
