"""Money back: promised in our books first, then asked of the provider under the same id."""

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.domain import ids, payments
from chalicelib.domain import refunds as domain
from chalicelib.domain.errors import Conflict, FieldError, InvalidInput, NotAllowed, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.money import Money
from chalicelib.domain.order_requests import fingerprint
from chalicelib.domain.orders import Actor, Change, Order
from chalicelib.domain.payments import Payment, ProviderEvent, Refund
from chalicelib.providers.base import ProviderRefused, RefundPayment
from chalicelib.services import orders, provider_events
from chalicelib.services import payments as payment_service
from chalicelib.store import orders as table
from chalicelib.store.order_files import OrderFile

SUPPORT_LIMIT_MINOR = 10_000


class RefundedLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    line_id: Annotated[str, msgspec.Meta(max_length=40)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=999)]


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`amount` or `line_items`; neither means all that can be given back."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    amount: Money | None = None
    line_items: tuple[RefundedLine, ...] | None = None


class Granted(msgspec.Struct, frozen=True):
    refund: Refund
    replayed: bool


def request(order_id: str, wish: RefundRequest, caller: Caller, key: str, now: datetime) -> Granted:
    """Promise a refund and ask the provider for it; a fault leaves it pending for the sweep."""
    file = orders.load_for_staff(caller, order_id)
    mark = fingerprint(wish)
    refund_id = ids.derived("ref", order_id, caller.key, key)
    existing = file.refund(refund_id)
    if existing is not None:
        if existing.fingerprint != mark:
            raise InvalidInput("Another refund has this key.", code="idempotency_key_reused")
        return Granted(existing, replayed=True)
    amount = _amount(file.order, wish)
    if not caller.has_role("manager") and amount.amount_minor > SUPPORT_LIMIT_MINOR:
        raise NotAllowed("A manager must approve this.", code="refund_above_limit")
    refund = _refund(file, amount.amount_minor, wish.reason, refund_id, mark, now)
    orders.save(domain.request(file.order, refund, orders.actor_of(caller), now), now)
    return Granted(drive(order_id, refund_id, now), replayed=False)


def _amount(order: Order, wish: RefundRequest) -> Money:
    if wish.amount is not None and wish.line_items is not None:
        raise InvalidInput(
            "Either an amount or lines.", errors=[FieldError("/amount", "Not both.")]
        )
    if wish.line_items is not None:
        return Money(_of_lines(order, wish.line_items), order.currency)
    if wish.amount is None:
        return Money(order.refundable_minor, order.currency)
    if wish.amount.currency != order.currency or wish.amount.amount_minor <= 0:
        raise InvalidInput(
            "The amount is not valid.",
            errors=[FieldError("/amount", f"A positive amount of {order.currency}.")],
        )
    return wish.amount


def _of_lines(order: Order, wanted: tuple[RefundedLine, ...]) -> int:
    lines = {line.line_id: line for line in order.line_items}
    total = 0
    for index, wish in enumerate(wanted):
        line = lines.get(wish.line_id)
        if line is None or wish.quantity > line.quantity:
            fault = FieldError(f"/line_items/{index}", "No such line, or more than was ordered.")
            raise InvalidInput("The lines are not this order's.", errors=[fault])
        total += line.unit_price.amount_minor * wish.quantity
    return total


def _refund(
    file: OrderFile, amount_minor: int, reason: str, refund_id: str, mark: str, now: datetime
) -> Refund:
    payment = _source(file, amount_minor)
    return Refund(
        refund_id=refund_id,
        order_id=file.order.order_id,
        payment_id=payment.payment_id,
        status="pending",
        amount=Money(amount_minor, file.order.currency),
        reason=reason,
        created_at=now,
        updated_at=now,
        fingerprint=mark,
    )


def left_of(file: OrderFile, payment: Payment) -> int:
    """What of a captured payment was not given back or promised back yet, in minor units."""
    given = sum(
        refund.amount.amount_minor
        for refund in file.refunds
        if refund.payment_id == payment.payment_id and refund.status != "failed"
    )
    claimed = sum(
        dispute.amount.amount_minor
        for dispute in file.disputes
        if dispute.payment_id == payment.payment_id and dispute.status != "won"
    )
    return payment.captured_minor - given - claimed


def _source(file: OrderFile, amount_minor: int) -> Payment:
    for payment in file.payments:
        if payment.status == "captured" and left_of(file, payment) >= amount_minor:
            return payment
    refundable = Money(file.order.refundable_minor, file.order.currency)
    raise Conflict(
        "More than was taken by one payment cannot be given back at once.",
        code="refund_exceeds_captured",
        refundable=msgspec.to_builtins(refundable),
    )


def promise_everything(
    file: OrderFile, change: Change, reason: str, actor: Actor, now: datetime
) -> Change:
    """Extend a change that ends an order by the refund of all that was captured for it."""
    return promise(file, change, change.order.refundable_minor, reason, actor, now)


def promise(
    file: OrderFile, change: Change, amount_minor: int, reason: str, actor: Actor, now: datetime
) -> Change:
    """Extend a change by refunds of `amount_minor` in all, taken from the captured payments in
    turn. The ids come from the version that is changed, so that a repeat makes no second one.
    """
    for payment in file.payments:
        part = min(amount_minor, left_of(file, payment)) if payment.status == "captured" else 0
        if part <= 0:
            continue
        amount_minor -= part
        version = str(file.order.version)
        refund = Refund(
            refund_id=ids.derived("ref", file.order.order_id, payment.payment_id, version),
            order_id=file.order.order_id,
            payment_id=payment.payment_id,
            status="pending",
            amount=Money(part, file.order.currency),
            reason=reason,
            created_at=now,
            updated_at=now,
            fingerprint="",
        )
        change = _extended(change, refund, actor, now)
    return change


def _extended(change: Change, refund: Refund, actor: Actor, now: datetime) -> Change:
    more = domain.request(change.order, refund, actor, now)
    return msgspec.structs.replace(
        change,
        order=more.order,
        events=(*change.events, *more.events),
        documents=(*change.documents, *more.documents),
    )


def return_everything(order_id: str, reason: str, actor: Actor, now: datetime) -> None:
    """Give back all that an ended order still holds: a late capture, above all."""
    file = table.load_file(order_id)
    if file.order.status not in {"canceled", "rejected"} or file.order.refundable_minor <= 0:
        return
    nothing = Change(before=file.order, order=file.order, events=())
    change = promise_everything(file, nothing, reason, actor, now)
    if change.events:
        orders.save(change, now)
    drive_pending(order_id, now)


def drive_pending(order_id: str, now: datetime) -> None:
    """Ask the provider for each promised refund; what fails stays for the sweep."""
    for refund in table.load_file(order_id).refunds:
        if refund.status == "pending":
            drive(order_id, refund.refund_id, now)


def drive(order_id: str, refund_id: str, now: datetime) -> Refund:
    """Carry a pending refund to the provider, always under its one id: asking twice is safe."""
    file = table.load_file(order_id)
    refund = file.refund(refund_id)
    payment = file.payment(refund.payment_id) if refund else None
    if refund is None or payment is None or refund.status != "pending":
        return _present(file, refund_id)
    try:
        event = _asked(file.order, payment, refund, now)
    except Unavailable:
        return refund
    provider_events.apply(
        msgspec.structs.replace(event, order_id=order_id, refund_id=refund_id), now
    )
    return _present(table.load_file(order_id), refund_id)


def _present(file: OrderFile, refund_id: str) -> Refund:
    refund = file.refund(refund_id)
    if refund is None:
        raise table.not_found()
    return refund


def _asked(order: Order, payment: Payment, refund: Refund, now: datetime) -> ProviderEvent:
    if payment.provider == payment_service.ON_SITE:
        return _word(payment, refund, "refund.succeeded", "handed back on site", now)
    provider = payment_service.provider_named(payment.provider)
    wish = RefundPayment(
        refund_id=refund.refund_id,
        payment_id=payment.payment_id,
        order_id=order.order_id,
        reference=payment.reference or "",
        amount=refund.amount,
        captured=Money(payment.captured_minor, payment.amount.currency),
        reason=refund.reason,
        webhook_url=payment_service.webhook_url(payment.provider),
    )
    try:
        return provider.refund(payment_service.required_secrets(payment.provider), wish)
    except ProviderRefused as refused:
        return _word(payment, refund, "refund.failed", refused.detail, now)


def _word(
    payment: Payment, refund: Refund, kind: payments.EventKind, reason: str, now: datetime
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
