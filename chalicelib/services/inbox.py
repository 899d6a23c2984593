"""A customer's own notifications: reading the list, and marking one as read."""

from datetime import datetime

from chalicelib.domain.errors import NotFound
from chalicelib.domain.notifications import Notification
from chalicelib.store import notifications


def list_inbox(customer_id: str, limit: int, before: str | None = None) -> list[Notification]:
    """The newest first, below the notification `before`."""
    return notifications.list_notifications(customer_id, limit, before)


def mark_read(customer_id: str, notification_id: str, now: datetime) -> Notification:
    """Reading twice is reading once: the first time stays."""
    found = notifications.mark_read(customer_id, notification_id, now)
    if found is None:
        raise NotFound("There is no such notification.", code="notification_not_found")
    return found
