"""What every provider says alike: answers to asking, in the words of webhooks."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.payments import ProviderEvent
from chalicelib.providers.base import RefundPayment


def poll_id(provider: str, key: str, state: str) -> str:
    """One id for each state found by asking, so that finding it again is a repetition."""
    return f"poll:{provider}:{key}:{state}"


def unknown_payment(provider: str, payment_id: str) -> ProviderEvent:
    """The provider has never heard of it: the call that was to start it did not arrive (yet)."""
    return ProviderEvent(
        provider=provider,
        event_id=poll_id(provider, payment_id, "unknown"),
        kind="payment.unknown",
        raw_type="unknown",
        occurred_at=datetime.now(UTC),
        payment_id=payment_id,
    )


def unknown_refund(provider: str, refund: RefundPayment) -> ProviderEvent:
    return ProviderEvent(
        provider=provider,
        event_id=poll_id(provider, refund.refund_id, "unknown"),
        kind="refund.unknown",
        raw_type="unknown",
        occurred_at=datetime.now(UTC),
        order_id=refund.order_id,
        payment_id=refund.payment_id,
        refund_id=refund.refund_id,
    )


def at(epoch_seconds: Any) -> datetime:
    return datetime.fromtimestamp(float(epoch_seconds or 0), UTC)
