"""What a provider says when it is asked, and what has to be asked before it is believed."""

import msgspec

from chalicelib.domain import payments
from chalicelib.domain.errors import NotFound
from chalicelib.domain.payments import Payment, ProviderEvent
from chalicelib.providers.base import Provider, RefundPayment, Secrets, TwoStepProvider
from chalicelib.store.order_files import OrderFile


def asked(provider: Provider, secrets: Secrets, payment: Payment) -> ProviderEvent:
    """What it knows of a payment of ours. What the buyer only approved is captured now.

    A payment that ended here in the meantime is left alone: an approval lapses by itself.
    """
    told = provider.ask(secrets, payment.payment_id, payment.reference)
    is_ours_to_take = told.kind == "payment.approved" and payment.status in payments.PAYABLE
    if is_ours_to_take and isinstance(provider, TwoStepProvider):
        return provider.capture(secrets, payment.payment_id, payment.reference)
    return told


def confirmed(
    provider: Provider, secrets: Secrets, event: ProviderEvent, file: OrderFile
) -> ProviderEvent:
    """The same event as the provider's own books have it, asked for by what we know ourselves.

    Raises `NotFound` when it names no payment of this order.
    """
    payment = file.payment(event.payment_id)
    if payment is None:
        raise NotFound("No payment of ours.", code="payment_not_found")
    if (event.kind or "").startswith("refund."):
        told = provider.ask_refund(secrets, _refund_named(event, payment))
    else:
        told = asked(provider, secrets, payment)
    return msgspec.structs.replace(
        told,
        event_id=event.event_id,
        raw_type=event.raw_type,
        order_id=payment.order_id,
        payment_id=payment.payment_id,
    )


def _refund_named(event: ProviderEvent, payment: Payment) -> RefundPayment:
    return RefundPayment(
        refund_id=event.refund_id or "",
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        reference=payment.reference or "",
        amount=event.amount or payment.at_provider,
        captured=payment.taken,
        reason="",
        webhook_url="",
        refund_reference=event.refund_reference,
    )
