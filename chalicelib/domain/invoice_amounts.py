"""An invoice's amounts without tax, to the last minor unit: papers, event log and ledger agree."""

from collections.abc import Sequence

import msgspec

from chalicelib.domain.orders import Totals


class NetAmounts(msgspec.Struct, frozen=True, kw_only=True):
    """In minor units: `lines + fee - discount = basis`, and `basis + tax` is the total."""

    lines: tuple[int, ...]
    fee: int
    discount: int
    basis: int
    tax: int
    total: int


def net_amounts(line_totals: Sequence[int], totals: Totals) -> NetAmounts:
    """Taxes are levied on the whole; each part gets its share, and nothing is left over."""
    tax, total = totals.tax.amount_minor, totals.total.amount_minor
    fee, discount = totals.delivery_fee.amount_minor, totals.discount.amount_minor
    basis = total - tax
    charged = sum(line_totals) + fee - discount
    net_discount = _share(basis, discount, charged) if charged else 0
    *lines, net_fee = apportioned(basis + net_discount, (*line_totals, fee))
    return NetAmounts(
        lines=tuple(lines), fee=net_fee, discount=net_discount, basis=basis, tax=tax, total=total
    )


def apportioned(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in parts by weight, which sum to it exactly; each within one of its true share."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts, reached, given = [], 0, 0
    for weight in weights:
        reached += weight
        upto = _share(amount, reached, whole)
        parts.append(upto - given)
        given = upto
    return parts


def _share(amount: int, part: int, whole: int) -> int:
    return (amount * part * 2 + whole) // (2 * whole)
