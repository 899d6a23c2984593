"""What providers' books say about an order's payments, behind its timeline, where they differ."""

import msgspec

from chalicelib.domain.provider_records import ProviderRecord
from chalicelib.store import client
from chalicelib.store.tables import OrderItem

PREFIX = "~record#"


def save(order_id: str, record: ProviderRecord) -> None:
    with client.translating():
        OrderItem(order_id, PREFIX + record.payment_id, data=record).save()


def delete(order_id: str, payment_id: str) -> None:
    with client.translating():
        OrderItem(order_id, PREFIX + payment_id).delete()


def record_of(item: OrderItem) -> ProviderRecord:
    return msgspec.json.decode(item.data, type=ProviderRecord)
