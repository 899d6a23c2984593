"""Money back: promised first, settled by the provider's first final word."""

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain import orders
from chalicelib.domain.errors import Conflict
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor, Change, Order
from chalicelib.domain.payments import ProviderEvent, Refund, actor_of, settled_state


def request(order: Order, refund: Refund, actor: Actor, now: datetime) -> Change:
    """Promise money back; the provider is called with this refund's id after it is stored."""
    if refund.amount.amount_minor > order.refundable_minor:
        raise Conflict(
            "More than was taken cannot be given back.",
            code="refund_exceeds_captured",
            refundable=msgspec.to_builtins(Money(order.refundable_minor, order.currency)),
        )
    order_after = msgspec.structs.replace(
        order, refund_pending_minor=order.refund_pending_minor + refund.amount.amount_minor
    )
    after, events = orders.happened(order_after, (("refund.pending", _facts(refund)),), actor, now)
    return Change(before=order, order=after, events=events, documents=(refund,))


def apply(order: Order, refund: Refund, event: ProviderEvent, now: datetime) -> Change | None:
    """Settle a pending refund by the provider's word; the first final word stands."""
    if refund.status != "pending" or event.kind not in {"refund.succeeded", "refund.failed"}:
        return None
    succeeded = event.kind == "refund.succeeded"
    settled = msgspec.structs.replace(
        refund,
        status="succeeded" if succeeded else "failed",
        updated_at=now,
        reference=event.refund_reference or refund.reference,
        failure_reason=event.reason,
    )
    amount = refund.amount.amount_minor
    order_after = msgspec.structs.replace(
        order,
        refund_pending_minor=order.refund_pending_minor - amount,
        refunded_minor=order.refunded_minor + (amount if succeeded else 0),
    )
    order_after = msgspec.structs.replace(
        order_after, payment_status=settled_state(order_after, order.payment_status)
    )
    after, events = orders.happened(
        order_after, ((event.kind, _facts(settled)),), actor_of(event), now
    )
    return Change(before=order, order=after, events=events, documents=(settled,))


def _facts(refund: Refund) -> dict[str, Any]:
    return {
        "refund_id": refund.refund_id,
        "payment_id": refund.payment_id,
        "amount": msgspec.to_builtins(refund.amount),
        "reason": refund.reason,
    }
