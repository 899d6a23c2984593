"""The inbox in the customers table: one item a notification, sorted by its time."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.domain.clock import rfc3339
from chalicelib.domain.notifications import ChannelOutcome, Notification
from chalicelib.store import client
from chalicelib.store.client import Put
from chalicelib.store.tables import CustomerItem

PREFIX = "notification#"


def arrival(customer_id: str, notification: Notification) -> Put:
    """The write that puts it into the inbox once, for a transaction with its receipt."""
    return Put(_item_of(customer_id, notification), CustomerItem.PK.does_not_exist())


def list_notifications(customer_id: str, limit: int, before: str | None) -> list[Notification]:
    """The newest first, those below the notification id `before`."""
    newest = PREFIX + (before or "~")
    keys = CustomerItem.SK.between(PREFIX, newest)
    with client.translating():
        found = [
            _notification_of(item)
            for item in CustomerItem.query(
                customer_id, keys, scan_index_forward=False, limit=limit + 1, consistent_read=True
            )
        ]
    return [one for one in found if one.notification_id != before][:limit]


def mark_read(customer_id: str, notification_id: str, now: datetime) -> Notification | None:
    """None when there is no such notification; the first reading counts."""
    item = CustomerItem(customer_id, PREFIX + notification_id)
    first = CustomerItem.read_at.set(CustomerItem.read_at | rfc3339(now))
    try:
        with client.translating():
            item.update(actions=[first], condition=CustomerItem.PK.exists())
    except client.ConditionFailed:
        return None
    return _notification_of(item)


def record_channels(
    customer_id: str, notification: Notification, channels: Iterable[ChannelOutcome]
) -> None:
    """How sending went. An inbox that was erased meanwhile stays so."""
    told = msgspec.structs.replace(notification, channels=tuple(channels))
    item = CustomerItem(customer_id, PREFIX + notification.notification_id)
    try:
        with client.translating():
            item.update(actions=[CustomerItem.data.set(told)], condition=CustomerItem.PK.exists())
    except client.ConditionFailed:
        return


def find_notification(customer_id: str, notification_id: str) -> Notification | None:
    key = (customer_id, PREFIX + notification_id)
    with client.translating():
        items = CustomerItem.batch_get([key], consistent_read=True)
        return next((_notification_of(item) for item in items), None)


def _item_of(customer_id: str, notification: Notification) -> CustomerItem:
    return CustomerItem(customer_id, PREFIX + notification.notification_id, data=notification)


def _notification_of(item: CustomerItem) -> Notification:
    notification = msgspec.json.decode(item.data, type=Notification)
    if item.read_at:
        return msgspec.structs.replace(notification, read_at=datetime.fromisoformat(item.read_at))
    return notification
