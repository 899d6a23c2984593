"""An order that waits for its money, made without a store or a table."""

from datetime import datetime, timedelta

from chalicelib.domain.money import Money, zero
from chalicelib.domain.orders import Contact, Fulfillment, Order, Totals


def an_order(total: Money, now: datetime) -> Order:
    nothing = zero(total.currency)
    return Order(
        order_id="ord_1",
        number="22-K7MQ4",
        pickup_code="K07",
        version=1,
        status="placed",
        payment_status="unpaid",
        fulfillment_status="unfulfilled",
        store_id="sto_1",
        customer_id="cus_1",
        channel="web",
        line_items=(),
        totals=Totals(total, nothing, nothing, nothing, total),
        fulfillment=Fulfillment(type="pickup"),
        contact=Contact(),
        placed_at=now,
        updated_at=now,
        fingerprint="",
        expires_at=now + timedelta(minutes=15),
    )
