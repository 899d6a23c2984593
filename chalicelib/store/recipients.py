"""A customer's profile and preferences together, as sending needs them: one read."""

import msgspec

from chalicelib.domain.profiles import Preferences, Profile
from chalicelib.store import client
from chalicelib.store.tables import CustomerItem


def find_recipient(customer_id: str) -> tuple[Profile, Preferences]:
    """Empty ones for a customer who has kept nothing with Docket."""
    keys = [(customer_id, "profile"), (customer_id, "preferences")]
    profile, preferences = Profile(customer_id=customer_id), Preferences()
    with client.translating():
        for item in CustomerItem.batch_get(keys):
            if item.SK == "profile":
                profile = msgspec.json.decode(item.data, type=Profile)
            else:
                preferences = msgspec.json.decode(item.data, type=Preferences)
    return profile, preferences
