"""A promised refund carried to its provider, always under its one id.

One that may have been asked for before is looked up first: providers forget their idempotency keys
after some hours, and then the same id would give the money back twice.
"""

from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.payments import EventKind, Payment, ProviderEvent, Refund
from chalicelib.providers.base import ProviderRefused, RefundPayment
from chalicelib.services import payments, provider_events
from chalicelib.services.payment_ways import ON_SITE
from chalicelib.store import orders as table
from chalicelib.store.order_files import OrderFile

# Younger than this, the promise was made a moment ago and this is the first call about it.
_NEW = timedelta(seconds=10)


def drive_pending(order_id: str, now: datetime) -> None:
    """Ask the provider for each promised refund; what fails stays for the sweep."""
    for refund in table.load_file(order_id).refunds:
        if refund.status == "pending":
            drive(order_id, refund.refund_id, now)


def drive(order_id: str, refund_id: str, now: datetime) -> Refund:
    """Carry a pending refund as far as it goes now; asking twice is safe."""
    file = table.load_file(order_id)
    refund = file.refund(refund_id)
    payment = file.payment(refund.payment_id) if refund else None
    if refund is None or payment is None or refund.status != "pending":
        return _present(file, refund_id)
    try:
        event = _asked(payment, refund, now)
    except Unavailable:
        return refund
    known = msgspec.structs.replace(event, order_id=order_id, refund_id=refund_id)
    provider_events.apply(known, now)
    return _present(table.load_file(order_id), refund_id)


def _present(file: OrderFile, refund_id: str) -> Refund:
    refund = file.refund(refund_id)
    if refund is None:
        raise table.not_found()
    return refund


def _asked(payment: Payment, refund: Refund, now: datetime) -> ProviderEvent:
    if payment.provider == ON_SITE:
        return _word(payment, refund, "refund.succeeded", "handed back on site", now)
    if not refund.at_provider.amount_minor:
        return _word(payment, refund, "refund.succeeded", "less than can be given back", now)
    provider = payments.provider_named(payment.provider)
    secrets = payments.required_secrets(payment.provider)
    wish = _wish(payment, refund)
    try:
        if refund.made_elsewhere or now - refund.created_at >= _NEW:
            found = provider.ask_refund(secrets, wish)
            if found.kind != "refund.unknown" or refund.made_elsewhere:
                return found
        return provider.refund(secrets, wish)
    except ProviderRefused as refused:
        if refund.made_elsewhere:
            raise Unavailable("The provider does not find its own refund.") from refused
        return _word(payment, refund, "refund.failed", refused.detail, now)


def _wish(payment: Payment, refund: Refund) -> RefundPayment:
    return RefundPayment(
        refund_id="" if refund.made_elsewhere else refund.refund_id,
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        reference=payment.reference or "",
        refund_reference=refund.reference,
        amount=refund.at_provider,
        captured=payment.taken,
        reason=refund.reason,
        webhook_url=payments.webhook_url(payment.provider),
    )


def _word(
    payment: Payment, refund: Refund, kind: EventKind, reason: str, now: datetime
) -> ProviderEvent:
    return ProviderEvent(
        provider=payment.provider,
        event_id=f"{kind}:{refund.refund_id}",
        kind=kind,
        raw_type=kind,
        occurred_at=now,
        payment_id=payment.payment_id,
        refund_id=refund.refund_id,
        reason=reason,
    )
