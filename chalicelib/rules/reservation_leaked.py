"""Finds stock that is held for an order which will never take it."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.orders import Order
from chalicelib.domain.repair_patience import Action
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if not order.reserved:
        return None
    action: Action
    if order.is_terminal:
        since, action = order.closed_at or order.updated_at, "let_stock_go"
    elif order.status == "placed" and order.expires_at and not _is_short_paid(order):
        since, action = order.expires_at + settings.after, "expire_order"
    else:
        return None
    units = sum(order.reserved.values())
    return evidence.found(
        RULE.name,
        since=since,
        cause="system",
        summary=both(
            f"Order {order.number} is {order.status} past its time and still holds {units} "
            "unit(s) of stock.",
            f"订单 {order.number}（{order.status}）已过期，仍占用 {units} 件库存。",
        ),
        remedies=(Remedy(action, order.order_id),),
    )


def _is_short_paid(order: Order) -> bool:
    """Whoever decides about its money, by `payment_mismatch`, decides about the order."""
    return 0 < order.captured_minor == order.refundable_minor


RULE = OrderRule("reservation_leaked", both("Stock held for nobody", "库存被无效占用"), foresee)
