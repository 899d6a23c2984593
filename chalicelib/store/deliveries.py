"""The log of tries at merchants' endpoints: 30 days, a collection a store, newest last."""

from datetime import timedelta

import msgspec

from chalicelib.domain.merchant_deliveries import Delivery
from chalicelib.store import client
from chalicelib.store.tables import OperationItem

KEPT = timedelta(days=30)


def add_delivery(delivery: Delivery) -> None:
    item = OperationItem(_key(delivery.store_id), delivery.delivery_id, data=delivery)
    item.ttl = int((delivery.at + KEPT).timestamp())
    with client.translating():
        item.save()


def find_delivery(store_id: str, delivery_id: str) -> Delivery | None:
    with client.translating():
        items = OperationItem.batch_get([(_key(store_id), delivery_id)], consistent_read=True)
        return next((_delivery_of(item) for item in items), None)


def list_deliveries(store_id: str, limit: int, before: str | None) -> list[Delivery]:
    """The newest first, those before the delivery `before`."""
    older = OperationItem.SK.__lt__(before) if before else None
    with client.translating():
        items = OperationItem.query(
            _key(store_id), older, scan_index_forward=False, limit=limit, consistent_read=True
        )
        return [_delivery_of(item) for item in items]


def _key(store_id: str) -> str:
    return f"deliveries#{store_id}"


def _delivery_of(item: OperationItem) -> Delivery:
    return msgspec.json.decode(item.data, type=Delivery)
