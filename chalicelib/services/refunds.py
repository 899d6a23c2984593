"""Money back: promised in our books first, then asked of the provider under the same id."""

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.config import settings
from chalicelib.domain import ids, line_refunds
from chalicelib.domain import refunds as domain
from chalicelib.domain.errors import Conflict, FieldError, InvalidInput, NotAllowed
from chalicelib.domain.identity import Caller
from chalicelib.domain.line_refunds import LineRefund, RefundedLine
from chalicelib.domain.money import Money
from chalicelib.domain.order_requests import fingerprint
from chalicelib.domain.orders import Actor, Change
from chalicelib.domain.payments import Payment, Refund
from chalicelib.services import orders, refund_drive
from chalicelib.services.races import looking_again
from chalicelib.store import orders as table
from chalicelib.store.order_files import OrderFile


class LineWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    line_id: Annotated[str, msgspec.Meta(max_length=40)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=999)]


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`amount` or `line_items`; neither means all that can be given back.

    Lines come to their share of the order's total; the delivery fee goes with the last of them.
    """

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    amount: Money | None = None
    line_items: tuple[LineWish, ...] | None = None


class Granted(msgspec.Struct, frozen=True):
    """`refund` with all that it comes to, though it may be taken from several payments."""

    refund: Refund
    replayed: bool


@looking_again
def request(order_id: str, wish: RefundRequest, caller: Caller, key: str, now: datetime) -> Granted:
    """Promise a refund and ask the provider for it; a fault leaves it pending for the sweep."""
    file = orders.load_for_staff(caller, order_id)
    mark = fingerprint(wish)
    refund_id = ids.derived("ref", order_id, caller.key, key)
    existing = file.refund(refund_id)
    if existing is not None:
        if existing.fingerprint != mark:
            raise InvalidInput("Another refund has this key.", code="idempotency_key_reused")
        return Granted(_whole(file, existing), replayed=True)
    asked = _asked_for(file, wish)
    limit = settings().support_refund_limit_minor
    if not caller.has_role("manager") and asked.amount_minor > limit:
        raise NotAllowed("A manager must approve this.", code="refund_above_limit")
    first = Refund(
        refund_id=refund_id,
        order_id=order_id,
        payment_id="",
        status="pending",
        amount=Money(asked.amount_minor, file.order.currency),
        reason=wish.reason,
        created_at=now,
        updated_at=now,
        fingerprint=mark,
        lines=asked.lines,
    )
    refund_ids = _promise_parts(file, first, orders.actor_of(caller), now)
    for part_id in refund_ids:
        refund_drive.drive(order_id, part_id, now)
    file = table.load_file(order_id)
    return Granted(_whole(file, file.refund(refund_id) or first), replayed=False)


def _promise_parts(file: OrderFile, first: Refund, actor: Actor, now: datetime) -> list[str]:
    """Store a refund, and one more for each further payment that it is taken from."""
    change = Change(before=file.order, order=file.order, events=())
    parts = _parts(file, first.amount.amount_minor)
    for index, (payment, minor) in enumerate(parts):
        part = msgspec.structs.replace(
            first, payment_id=payment.payment_id, amount=Money(minor, file.order.currency)
        )
        if index:
            part_id = ids.derived("ref", first.refund_id, payment.payment_id)
            part = msgspec.structs.replace(
                part, refund_id=part_id, part_of=first.refund_id, lines=()
            )
        change = _extended(change, _charged(file, payment, part), actor, now)
    orders.save(change, now)
    return [document.refund_id for document in change.documents]


def _parts(file: OrderFile, amount_minor: int) -> list[tuple[Payment, int]]:
    """From one payment that suffices, or else from all in turn."""
    if not 0 < amount_minor <= file.order.refundable_minor:
        refundable = Money(file.order.refundable_minor, file.order.currency)
        raise Conflict(
            "More than was taken cannot be given back.",
            code="refund_exceeds_captured",
            refundable=msgspec.to_builtins(refundable),
        )
    captured = [payment for payment in file.payments if payment.status == "captured"]
    for payment in captured:
        if left_of(file, payment) >= amount_minor:
            return [(payment, amount_minor)]
    return _in_turn(file, captured, amount_minor)


def _in_turn(
    file: OrderFile, captured: list[Payment], amount_minor: int
) -> list[tuple[Payment, int]]:
    parts = []
    for payment in captured:
        part = min(amount_minor, left_of(file, payment))
        if part > 0:
            parts.append((payment, part))
            amount_minor -= part
    return parts


def _whole(file: OrderFile, refund: Refund) -> Refund:
    """The refund that was asked for, its parts together; no further than the last of them."""
    parts = [part for part in file.refunds if part.part_of == refund.refund_id]
    if not parts:
        return refund
    amount = refund.amount.amount_minor + sum(part.amount.amount_minor for part in parts)
    statuses = {part.status for part in (refund, *parts)}
    status = next(one for one in ("failed", "pending", "succeeded") if one in statuses)
    return msgspec.structs.replace(refund, amount=Money(amount, file.order.currency), status=status)


def _asked_for(file: OrderFile, wish: RefundRequest) -> LineRefund:
    order = file.order
    if wish.amount is not None and wish.line_items is not None:
        raise InvalidInput(
            "Either an amount or lines.", errors=[FieldError("/amount", "Not both.")]
        )
    if wish.line_items is not None:
        wanted = [(line.line_id, line.quantity) for line in wish.line_items]
        return line_refunds.price(order, _lines_given(file), wanted)
    if wish.amount is None:
        return LineRefund((), order.refundable_minor)
    if wish.amount.currency != order.currency or wish.amount.amount_minor <= 0:
        raise InvalidInput(
            "The amount is not valid.",
            errors=[FieldError("/amount", f"A positive amount of {order.currency}.")],
        )
    return LineRefund((), wish.amount.amount_minor)


def _lines_given(file: OrderFile) -> list[RefundedLine]:
    return [line for refund in file.refunds if refund.status != "failed" for line in refund.lines]


def left_of(file: OrderFile, payment: Payment) -> int:
    return domain.left_of(payment, file.refunds, file.disputes)


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
    captured = [payment for payment in file.payments if payment.status == "captured"]
    for payment, part in _in_turn(file, captured, amount_minor):
        refund = _part(file, payment, part, reason, now)
        change = _extended(change, refund, actor, now)
    return change


def _part(file: OrderFile, payment: Payment, minor: int, reason: str, now: datetime) -> Refund:
    version = str(file.order.version)
    refund = Refund(
        refund_id=ids.derived("ref", file.order.order_id, payment.payment_id, version),
        order_id=file.order.order_id,
        payment_id=payment.payment_id,
        status="pending",
        amount=Money(minor, file.order.currency),
        reason=reason,
        created_at=now,
        updated_at=now,
        fingerprint="",
    )
    return _charged(file, payment, refund)


def _charged(file: OrderFile, payment: Payment, refund: Refund) -> Refund:
    given = domain.given_of(payment, file.refunds, file.disputes)
    return domain.charged(refund, payment, given)


def _extended(change: Change, refund: Refund, actor: Actor, now: datetime) -> Change:
    more = domain.request(change.order, refund, actor, now)
    return msgspec.structs.replace(
        change,
        order=more.order,
        events=(*change.events, *more.events),
        documents=(*change.documents, *more.documents),
    )


def return_duplicate(
    order_id: str, payment_id: str, actor: Actor, now: datetime, limit_minor: int | None = None
) -> Refund | None:
    """Give back a payment that the order did not need; None when that is not so any more.

    Raises `NotAllowed` where more than the limit, if there is one, was paid too much.
    """
    file = table.load_file(order_id)
    found = domain.duplicates(file.order, file.payments, file.refunds, file.disputes)
    payment = next((one for one in found if one.payment_id == payment_id), None)
    if payment is None:
        return None
    _require_within(limit_minor, sum(left_of(file, one) for one in found))
    refund = _part(file, payment, left_of(file, payment), "duplicate_charge", now)
    nothing = Change(before=file.order, order=file.order, events=())
    orders.save(_extended(nothing, refund, actor, now), now)
    return refund_drive.drive(order_id, refund.refund_id, now)


def return_everything(
    order_id: str, reason: str, actor: Actor, now: datetime, limit_minor: int | None = None
) -> None:
    """Give back all that an ended order still holds: a late capture, above all.

    Raises `NotAllowed` like `return_duplicate`.
    """
    file = table.load_file(order_id)
    if file.order.status not in {"canceled", "rejected"} or file.order.refundable_minor <= 0:
        return
    _require_within(limit_minor, file.order.refundable_minor)
    nothing = Change(before=file.order, order=file.order, events=())
    change = promise_everything(file, nothing, reason, actor, now)
    if change.events:
        orders.save(change, now)
    refund_drive.drive_pending(order_id, now)


def _require_within(limit_minor: int | None, amount_minor: int) -> None:
    if limit_minor is not None and amount_minor > limit_minor:
        raise NotAllowed("Above what is given back without a person.", code="refund_above_limit")
