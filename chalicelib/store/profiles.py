"""Profile, preferences, devices, addresses in the customers' table: an item each with a version."""

from typing import Any, TypeVar

import msgspec

from chalicelib.domain.errors import Stale
from chalicelib.domain.profiles import Preferences, Profile, SavedAddress
from chalicelib.domain.push_subscriptions import Devices
from chalicelib.store.client import ConditionFailed, translating
from chalicelib.store.tables import CustomerItem

_PROFILE = "profile"
_PREFERENCES = "preferences"
_DEVICES = "push"
_ADDRESS = "address#"
ADDRESSES_MAX = 50
T = TypeVar("T", Profile, Preferences, Devices, SavedAddress)


def find_profile(customer_id: str) -> Profile | None:
    return _find(customer_id, _PROFILE, Profile)


def find_preferences(customer_id: str) -> Preferences | None:
    return _find(customer_id, _PREFERENCES, Preferences)


def find_devices(customer_id: str) -> Devices | None:
    return _find(customer_id, _DEVICES, Devices)


def find_address(customer_id: str, address_id: str) -> SavedAddress | None:
    return _find(customer_id, f"{_ADDRESS}{address_id}", SavedAddress)


def list_addresses(customer_id: str) -> list[SavedAddress]:
    with translating():
        items = list(
            CustomerItem.query(
                customer_id,
                CustomerItem.SK.startswith(_ADDRESS),
                consistent_read=True,
                limit=ADDRESSES_MAX,
            )
        )
    return [msgspec.json.decode(item.data, type=SavedAddress) for item in items]


def save_profile(profile: Profile) -> None:
    _save(profile.customer_id, _PROFILE, profile)


def save_preferences(customer_id: str, preferences: Preferences) -> None:
    _save(customer_id, _PREFERENCES, preferences)


def save_devices(customer_id: str, devices: Devices) -> None:
    _save(customer_id, _DEVICES, devices)


def save_address(customer_id: str, address: SavedAddress) -> None:
    _save(customer_id, f"{_ADDRESS}{address.address_id}", address)


def delete_address(customer_id: str, address_id: str) -> None:
    with translating():
        CustomerItem(customer_id, f"{_ADDRESS}{address_id}").delete()


def _find(customer_id: str, row: str, kind: type[T]) -> T | None:
    with translating():
        found = CustomerItem.batch_get([(customer_id, row)], consistent_read=True)
        item = next(iter(found), None)
    return msgspec.json.decode(item.data, type=kind) if item else None


def _save(customer_id: str, row: str, value: Any) -> None:
    """Over the version before `value.version` alone: raises `Stale` when somebody was faster."""
    before = value.version - 1
    expected = CustomerItem.version == before if before else CustomerItem.PK.does_not_exist()
    try:
        with translating():
            CustomerItem(customer_id, row, data=value, version=value.version).save(expected)
    except ConditionFailed as error:
        raise Stale("It has changed in the meantime.") from error
