"""What some of an order's lines come to when they are given back: their share of the total.

Discounts and tax are shared out by what the lines cost. However the lines are given back, one by
one or together, all of them come to exactly the total; the delivery fee goes with the last one.
"""

from collections.abc import Iterable, Mapping

import msgspec

from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.orders import LineItem, Order


class RefundedLine(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a line, and what they came to in minor units, the delivery fee apart."""

    line_id: str
    quantity: int
    amount_minor: int


class LineRefund(msgspec.Struct, frozen=True):
    lines: tuple[RefundedLine, ...]
    amount_minor: int


def price(
    order: Order, given: Iterable[RefundedLine], wanted: Iterable[tuple[str, int]]
) -> LineRefund:
    """What these lines come to after those that were `given` back. Raises `InvalidInput`."""
    before = list(given)
    wishes = list(wanted)
    _require_there(order, before, wishes)
    lines = tuple(
        RefundedLine(
            line_id=line_id,
            quantity=quantity,
            amount_minor=_worth(order, line_id, _count(before, line_id) + quantity)
            - sum(one.amount_minor for one in before if one.line_id == line_id),
        )
        for line_id, quantity in wishes
    )
    amount = sum(line.amount_minor for line in lines)
    after = [*before, *lines]
    if all(_count(after, line.line_id) >= line.quantity for line in order.line_items):
        amount += order.totals.total.amount_minor - _goods(order)
    return LineRefund(lines, amount)


def left(order: Order, given: Iterable[RefundedLine]) -> Mapping[str, int]:
    """How many of each line were not given back yet."""
    before = list(given)
    return {
        line.line_id: max(0, line.quantity - _count(before, line.line_id))
        for line in order.line_items
    }


def _require_there(order: Order, before: list[RefundedLine], wishes: list[tuple[str, int]]) -> None:
    there = left(order, before)
    ids = [line_id for line_id, _ in wishes]
    faults = []
    for index, (line_id, quantity) in enumerate(wishes):
        pointer = f"/line_items/{index}"
        if line_id not in there:
            faults.append(FieldError(f"{pointer}/line_id", "The order has no such line."))
        elif ids.index(line_id) != index:
            faults.append(FieldError(f"{pointer}/line_id", "This line stands here twice."))
        elif quantity > there[line_id]:
            detail = f"At most {there[line_id]} can be given back."
            faults.append(FieldError(f"{pointer}/quantity", detail))
    if not wishes:
        faults.append(FieldError("/line_items", "Which lines?"))
    if faults:
        raise InvalidInput("These lines cannot be given back.", errors=faults)


def _count(lines: Iterable[RefundedLine], line_id: str) -> int:
    return sum(line.quantity for line in lines if line.line_id == line_id)


def _goods(order: Order) -> int:
    """The part of the total that is not for the delivery, with its tax."""
    totals = order.totals
    goods = totals.subtotal.amount_minor - totals.discount.amount_minor
    return _part(totals.total.amount_minor, goods, goods + totals.delivery_fee.amount_minor)


def _worth(order: Order, line_id: str, quantity: int) -> int:
    """What the first so many of a line cost in the end; the lines' worths add up to `_goods`."""
    lines = list(order.line_items)
    at = next(index for index, line in enumerate(lines) if line.line_id == line_id)
    start = sum(line.line_total.amount_minor for line in lines[:at])
    end = start + _value(lines[at], quantity)
    goods, subtotal = _goods(order), order.totals.subtotal.amount_minor
    return _part(goods, end, subtotal) - _part(goods, start, subtotal)


def _value(line: LineItem, quantity: int) -> int:
    return line.unit_price.amount_minor * quantity


def _part(amount: int, part: int, whole: int) -> int:
    """`part` of `whole` of an amount, halves rounded up."""
    return (2 * amount * part + whole) // (2 * whole) if whole else 0
