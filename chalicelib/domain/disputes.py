"""Money that a buyer's bank claims back: held while it decides, gone when we lose.

Monotonic like payments: the bank's last word stands, whenever the first one arrives.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.domain import charges, orders
from chalicelib.domain.charges import Given
from chalicelib.domain.ids import derived
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Change, Order
from chalicelib.domain.payments import Payment, ProviderEvent, actor_of, settled_state

DisputeStatus = Literal["open", "won", "lost"]
_RANK = {"open": 0, "won": 1, "lost": 2}


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """`reference` is the provider's id. Evidence counts until `evidence_due_at`, if it said so.

    `charge` is what is claimed where another currency was taken than the store's.
    """

    dispute_id: str
    order_id: str
    payment_id: str
    status: DisputeStatus
    amount: Money
    reference: str
    opened_at: datetime
    updated_at: datetime
    reason: str | None = None
    evidence_due_at: datetime | None = None
    charge: Money | UnsetType = UNSET

    @property
    def at_provider(self) -> Money:
        """What is claimed, in the currency that was taken."""
        return self.charge or self.amount


def dispute_id_of(event: ProviderEvent) -> str:
    """The same dispute meets the same document, whichever of its events comes first."""
    return derived("dsp", event.provider, event.dispute_reference or event.reference or "")


def apply(
    order: Order,
    payment: Payment,
    known: Dispute | None,
    event: ProviderEvent,
    given: Given,
    now: datetime,
) -> Change | None:
    """What the bank's word about a captured payment changes; None when it says nothing new.

    `given` is what else of the payment went back.
    """
    status: DisputeStatus = "open"
    if event.kind == "dispute.closed":
        status = "won" if event.won else "lost"
    dispute = _as_told(payment, known, event, status, given, now)
    if known is not None and (known == dispute or _RANK[status] < _RANK[known.status]):
        return None
    order_after = _moved(_moved(order, known, -1), dispute, +1)
    order_after = msgspec.structs.replace(
        order_after, payment_status=settled_state(order_after, order.payment_status)
    )
    kind = "dispute.opened" if status == "open" else "dispute.closed"
    after, events = orders.happened(
        order_after, ((kind, _facts(dispute, event)),), actor_of(event), now
    )
    return Change(before=order, order=after, events=events, documents=(dispute,))


def _as_told(
    payment: Payment,
    known: Dispute | None,
    event: ProviderEvent,
    status: DisputeStatus,
    given: Given,
    now: datetime,
) -> Dispute:
    amount = event.amount
    if amount is None or amount.currency != payment.taken.currency:
        amount = payment.taken
    due_at = event.evidence_due_at or (known.evidence_due_at if known else None)
    told = Dispute(
        dispute_id=dispute_id_of(event),
        order_id=payment.order_id,
        payment_id=payment.payment_id,
        status=status,
        amount=_at_home(amount, payment, known, given),
        charge=amount if payment.charge else UNSET,
        reference=event.dispute_reference or event.reference or "",
        opened_at=known.opened_at if known else now,
        updated_at=known.updated_at if known else now,
        reason=event.reason or (known.reason if known else None),
        evidence_due_at=due_at if status == "open" else None,
    )
    return told if told == known else msgspec.structs.replace(told, updated_at=now)


def _at_home(claimed: Money, payment: Payment, known: Dispute | None, given: Given) -> Money:
    if not payment.charge:
        return claimed
    if known is not None and known.charge == claimed:
        return known.amount
    minor = charges.part_returned(
        claimed.amount_minor, given, payment.captured_minor, payment.charge
    )
    return Money(minor, payment.amount.currency)


def _moved(order: Order, dispute: Dispute | None, sign: int) -> Order:
    """The order with the dispute's money counted where it is, or no longer counted there."""
    if dispute is None or dispute.status == "won":
        return order
    field = "disputed_minor" if dispute.status == "open" else "lost_minor"
    moved = getattr(order, field) + sign * dispute.amount.amount_minor
    return msgspec.structs.replace(order, **{field: moved})


def _facts(dispute: Dispute, event: ProviderEvent) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "dispute_id": dispute.dispute_id,
        "payment_id": dispute.payment_id,
        "provider": event.provider,
        "amount": msgspec.to_builtins(dispute.amount),
    }
    if dispute.charge:
        facts["charge"] = msgspec.to_builtins(dispute.charge)
    if dispute.reason:
        facts["reason"] = dispute.reason
    if dispute.evidence_due_at:
        facts["evidence_due_at"] = msgspec.to_builtins(dispute.evidence_due_at)
    if dispute.status != "open":
        facts["outcome"] = dispute.status
    return facts
