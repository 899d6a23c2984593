"""A customer's profile, preferences and devices together, as sending needs them: one read."""

from typing import Any

import msgspec

from chalicelib.domain.profiles import Preferences, Profile
from chalicelib.domain.push_subscriptions import Devices
from chalicelib.store import client
from chalicelib.store.tables import CustomerItem

_ROWS: dict[str, Any] = {"profile": Profile, "preferences": Preferences, "push": Devices}


class Known(msgspec.Struct, frozen=True):
    profile: Profile
    preferences: Preferences
    devices: Devices


def find_recipient(customer_id: str) -> Known:
    """Empty ones for a customer who has kept nothing with Docket."""
    with client.translating():
        items = list(CustomerItem.batch_get([(customer_id, row) for row in _ROWS]))
    found = {item.SK: msgspec.json.decode(item.data, type=_ROWS[item.SK]) for item in items}
    return Known(
        found.get("profile") or Profile(customer_id=customer_id),
        found.get("preferences") or Preferences(),
        found.get("push") or Devices(),
    )
