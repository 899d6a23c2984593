"""What a provider's own books say about one payment, kept where they differ from ours."""

from datetime import datetime

import msgspec

from chalicelib.domain.money import Money


class RecordedRefund(msgspec.Struct, frozen=True, kw_only=True):
    """`refund_id` is ours, if the provider's books have it; `reference` theirs."""

    reference: str
    amount: Money
    refund_id: str | None = None


class ProviderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`captured` are the amounts taken under our payment: none if the provider has none, several
    if the buyer was charged more than once. `missing_refund_ids` are refunds of ours that the
    provider does not have, `unknown_refunds` those of theirs that we do not have.
    """

    provider: str
    payment_id: str
    reconciliation_id: str
    seen_at: datetime
    captured: tuple[Money, ...] = ()
    missing_refund_ids: tuple[str, ...] = ()
    unknown_refunds: tuple[RecordedRefund, ...] = ()
