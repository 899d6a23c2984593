"""What became of each order that was taken under an incident."""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.orders import Order
from chalicelib.services import taken_orders
from chalicelib.store import orders as table

Verdict = Literal["waiting", "placed", "rejected", "failed"]
_READ_AT_ONCE = 100


class Line(msgspec.Struct, frozen=True, kw_only=True):
    order_id: str
    verdict: Verdict
    detail: str = ""
    number: str | None = None


def _any_store(store_id: str) -> bool:
    return bool(store_id)


def report(incident_id: str, sees: Callable[[str], bool] = _any_store) -> list[Line]:
    """One line an order of a store that its reader `sees`, from the opening on. Without tables all
    of them wait.
    """
    taken = [order_id for store_id, order_id in taken_orders.listed(incident_id) if sees(store_id)]
    failed = {order_id for _, order_id in taken_orders.listed_failed(incident_id)}
    known = _known(taken)
    return [_line(order_id, known.get(order_id), order_id in failed) for order_id in taken]


def counts(lines: Sequence[Line]) -> dict[Verdict, int]:
    verdicts: tuple[Verdict, ...] = get_args(Verdict)
    return {verdict: sum(line.verdict == verdict for line in lines) for verdict in verdicts}


def _known(order_ids: Sequence[str]) -> dict[str, Order]:
    found: dict[str, Order] = {}
    try:
        for start in range(0, len(order_ids), _READ_AT_ONCE):
            for order in table.load_orders(order_ids[start : start + _READ_AT_ONCE]):
                found[order.order_id] = order
    except Unavailable:
        return found
    return found


def _line(order_id: str, order: Order | None, failed: bool) -> Line:
    number = order.number if order else None
    if order is None or order.status == "received":
        if failed:
            detail = "It cannot be placed by itself; see its log."
            return Line(order_id=order_id, verdict="failed", detail=detail, number=number)
        return Line(order_id=order_id, verdict="waiting", number=number)
    placed = _was_placed(order)
    return Line(
        order_id=order_id,
        verdict="placed" if placed else "rejected",
        detail=order.status if placed else (order.cancel_reason or ""),
        number=number,
    )


def _was_placed(order: Order) -> bool:
    """Not if it was refused, or canceled while it waited: that only its log can tell."""
    if order.status != "canceled":
        return order.status != "rejected" or order.confirmed_at is not None
    return any(event.type == "order.placed" for event in table.load_file(order.order_id).events)
