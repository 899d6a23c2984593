"""Which calls of staff went out already: a claim before each, a mark after it."""

from datetime import datetime, timedelta
from typing import Literal

from chalicelib.domain.clock import epoch_ms
from chalicelib.store import client
from chalicelib.store.tables import OperationItem

Claim = Literal["ours", "sent", "busy"]
_KEPT = timedelta(days=7)


def claim(alert_id: str, address_key: str, now: datetime, lasting: timedelta) -> Claim:
    """Whether this call is ours to make, was made, or is just being made by someone else."""
    item = _item(alert_id, address_key)
    item.expires_ms = epoch_ms(now + lasting)
    item.ttl = int((now + _KEPT).timestamp())
    left_lying = OperationItem.version.does_not_exist() & (OperationItem.expires_ms < epoch_ms(now))
    try:
        with client.translating():
            item.save(condition=OperationItem.PK.does_not_exist() | left_lying)
    except client.ConditionFailed:
        return _taken(alert_id, address_key)
    return "ours"


def _taken(alert_id: str, address_key: str) -> Claim:
    with client.translating():
        try:
            item = OperationItem.get(f"alert#{alert_id}", address_key, consistent_read=True)
        except OperationItem.DoesNotExist:
            return "busy"
    return "sent" if item.version else "busy"


def mark_sent(alert_id: str, address_key: str) -> None:
    with client.translating():
        _item(alert_id, address_key).update(actions=[OperationItem.version.set(1)])


def release(alert_id: str, address_key: str) -> None:
    """The call failed in a way that may pass: the next try need not wait."""
    with client.translating():
        _item(alert_id, address_key).update(actions=[OperationItem.expires_ms.set(0)])


def _item(alert_id: str, address_key: str) -> OperationItem:
    return OperationItem(f"alert#{alert_id}", address_key)
