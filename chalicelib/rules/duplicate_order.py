"""Finds an order that looks like one placed shortly before: the customer is asked.

Nothing is canceled by itself.
"""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.orders import EDITABLE, Order
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule

# At a counter the same order by the same device is another guest's lunch.
_COUNTERS = frozenset({"kiosk", "pos"})


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.duplicate_meant or order.status not in EDITABLE or order.channel in _COUNTERS:
        return None
    earlier = [
        other
        for other in evidence.others
        if not other.is_terminal
        and (other.placed_at, other.order_id) < (order.placed_at, order.order_id)
        and order.placed_at - other.placed_at <= settings.after
        and _content(other) == _content(order)
    ]
    if not earlier:
        return None
    first = min(earlier, key=lambda other: (other.placed_at, other.order_id))
    seconds = int((order.placed_at - first.placed_at).total_seconds())
    return evidence.found(
        RULE.name,
        since=order.placed_at,
        cause="operation",
        summary=both(
            f"Order {order.number} repeats {first.number} ({seconds} s earlier): same customer, "
            "lines and place. Ask before preparing both.",
            f"订单 {order.number} 与 {seconds} 秒前的 {first.number} 相同（同一顾客、商品、地点），"
            "制作前请先确认。",
        ),
        remedies=(Remedy("ask_if_meant", first.order_id),),
        is_asked=settings.repair,
        customer_message=both(
            f"You ordered the same a moment earlier ({first.number}). "
            "If you did not mean both, you can cancel one of them.",
            f"您刚刚下过相同的订单（{first.number}）。如果并非有意，您可以取消其中一单。",
        ),
    )


def _content(order: Order) -> tuple[object, ...]:
    """What makes two orders the same to a person: where, how, and what."""
    lines = sorted(
        (line.sku, line.quantity, tuple(sorted(option.choice_id for option in line.options)))
        for line in order.line_items
    )
    place = order.fulfillment
    return (order.store_id, place.type, place.table, place.address, tuple(lines))


RULE = OrderRule("duplicate_order", both("Possible duplicate", "疑似重复订单"), foresee)
