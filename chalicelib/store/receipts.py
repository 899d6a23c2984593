"""Receipts in the orders table: what each consumer made of each event, and who is at it now.

They lie in the order's item collection but after its timeline, so that reading an order does not
read them. The plain `version` counts the attempts: a claim and its result are conditional on it,
so that whoever overstayed a claim cannot overwrite the one who took it over.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pynamodb.expressions.condition import Condition

from chalicelib.domain.receipts import Consumer, Receipt
from chalicelib.store import client
from chalicelib.store.client import Put, TransactionRefused, Write
from chalicelib.store.tables import OrderItem

PREFIX = "~receipt#"


def receipt_key(consumer: Consumer, version: int) -> str:
    return f"{PREFIX}{consumer}#{version:06d}"


def list_receipts(order_id: str) -> list[Receipt]:
    """All of an order's, by consumer and version."""
    with client.translating():
        items = OrderItem.query(order_id, OrderItem.SK.startswith(PREFIX), consistent_read=True)
        return [receipt_of(item) for item in items]


def find_receipt(order_id: str, consumer: Consumer, version: int) -> Receipt | None:
    key = (order_id, receipt_key(consumer, version))
    with client.translating():
        items = OrderItem.batch_get([key], consistent_read=True)
        return next((receipt_of(item) for item in items), None)


def first(receipt: Receipt, also: Sequence[Write] = ()) -> bool:
    """Write the first receipt for its event, `also` with it; False when there was one already."""
    absent = OrderItem.PK.does_not_exist()
    if not also:
        return _save(receipt, absent)
    try:
        client.transact([Put(_item_of(receipt), absent), *also])
    except TransactionRefused:
        return False
    return True


def claim(receipt: Receipt, now: datetime, until: datetime) -> Receipt | None:
    """Take over a pending receipt whose time has come; None when somebody else is at it."""
    due = receipt.next_attempt_at is None or receipt.next_attempt_at <= now
    if receipt.outcome != "pending" or not due:
        return None
    return seize(receipt, until)


def seize(receipt: Receipt, until: datetime) -> Receipt | None:
    """Take it over whatever became of it: someone wants this sent again now."""
    claimed = msgspec.structs.replace(
        receipt, outcome="pending", attempts=receipt.attempts + 1, next_attempt_at=until
    )
    return claimed if _save(claimed, OrderItem.version == receipt.attempts) else None


def mark(receipt: Receipt) -> bool:
    """Store how the attempt ended; False when the claim was lost meanwhile."""
    return _save(receipt, OrderItem.version == receipt.attempts)


def _save(receipt: Receipt, condition: Condition) -> bool:
    try:
        with client.translating():
            _item_of(receipt).save(condition)
    except client.ConditionFailed:
        return False
    return True


def _item_of(receipt: Receipt) -> OrderItem:
    key = receipt_key(receipt.consumer, receipt.version)
    return OrderItem(receipt.order_id, key, data=receipt, version=receipt.attempts)


def receipt_of(item: OrderItem) -> Receipt:
    return msgspec.json.decode(item.data, type=Receipt)
