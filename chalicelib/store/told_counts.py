"""How often a guest was written to within the present hour, by a hash of the address."""

from chalicelib.store import client
from chalicelib.store.tables import CustomerItem


def count_one(address_key: str, channel: str, hour: int) -> int:
    """Count one more and return how many there are. Two at once in a new hour may count as one."""
    item = CustomerItem(f"address#{address_key}", f"told#{channel}")
    try:
        with client.translating():
            item.update(
                actions=[CustomerItem.posts.add(1)], condition=CustomerItem.post_window == hour
            )
    except client.ConditionFailed:
        with client.translating():
            item.update(actions=[CustomerItem.posts.set(1), CustomerItem.post_window.set(hour)])
    return int(item.posts or 0)
