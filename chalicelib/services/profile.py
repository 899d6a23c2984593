"""A customer's own data: profile, preferences, address book."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain import ids
from chalicelib.domain.errors import (
    Conflict,
    FieldError,
    InvalidInput,
    NotFound,
    Stale,
    Unavailable,
)
from chalicelib.domain.mail_feedback import Suppression
from chalicelib.domain.profiles import Preferences, Profile, SavedAddress, normalized_phone
from chalicelib.domain.quiet_hours import is_time_zone
from chalicelib.store import profiles as table
from chalicelib.store import suppressions


class Added(msgspec.Struct, frozen=True):
    """`replayed`: the same request had added it before."""

    address: SavedAddress
    replayed: bool


def load_profile(customer_id: str) -> Profile:
    """Empty until the first sign-in wrote what the pool knows."""
    return table.find_profile(customer_id) or Profile(customer_id=customer_id)


def mail_trouble(profile: Profile) -> Suppression | None:
    """Why no mail goes to their address, None while it does."""
    return suppressions.find_suppression(profile.email) if profile.email else None


def mail_again(profile: Profile) -> None:
    """Their mailbox works again, they say. If it does not, the next mail bounces again."""
    if profile.email:
        suppressions.lift(profile.email)


def edit_profile(profile: Profile, changes: Mapping[str, Any], now: datetime) -> Profile:
    """`changes` name fields; None clears one."""
    values = dict(changes)
    if values.get("phone"):
        values["phone"] = normalized_phone(values["phone"])
    edited = msgspec.structs.replace(profile, **values, version=profile.version + 1, updated_at=now)
    table.save_profile(edited)
    return edited


def remember(claims: Mapping[str, Any], now: datetime) -> None:
    """Keep what the pool says at sign-in; a sign-in does not fail because a table does."""
    try:
        profile = load_profile(claims["sub"])
        email = claims.get("email")
        if email is None or (profile.version and profile.email == email):
            return
        known = msgspec.structs.replace(
            profile,
            email=email,
            name=profile.name or claims.get("name"),
            phone=profile.phone or claims.get("phone_number"),
            version=profile.version + 1,
            updated_at=now,
        )
        table.save_profile(known)
    except (Unavailable, Stale):
        return


def load_preferences(customer_id: str) -> Preferences:
    return table.find_preferences(customer_id) or Preferences()


def edit_preferences(
    customer_id: str, preferences: Preferences, changes: Mapping[str, Any]
) -> Preferences:
    """Only the fields named change; of the channels only the topics named."""
    values = dict(changes)
    if values.get("channels"):
        values["channels"] = {**preferences.channels, **values["channels"]}
    if values.get("quiet_hours"):
        _check_zone(values["quiet_hours"].time_zone)
    if values.get("invoice_details"):
        values["invoice_details"] = values["invoice_details"].as_buyer("/invoice_details")
    edited = msgspec.structs.replace(preferences, **values, version=preferences.version + 1)
    table.save_preferences(customer_id, edited)
    return edited


def list_addresses(customer_id: str) -> list[SavedAddress]:
    """The default one first."""
    found = table.list_addresses(customer_id)
    return sorted(found, key=lambda address: not address.is_default)


def load_address(customer_id: str, address_id: str) -> SavedAddress:
    found = table.find_address(customer_id, address_id)
    if found is None:
        raise NotFound("There is no such address.", code="address_not_found")
    return found


def add_address(
    customer_id: str, values: Mapping[str, Any], mark: str, idempotency_key: str | None
) -> Added:
    """`mark` is the request's fingerprint: under the same key it adds once."""
    present = table.list_addresses(customer_id)
    address_id = ids.derived("adr", customer_id, idempotency_key or ids.fresh("key"))
    known = next((address for address in present if address.address_id == address_id), None)
    if known is None and len(present) >= table.ADDRESSES_MAX:
        raise Conflict("The address book is full.", code="address_book_full")
    address = SavedAddress(address_id=address_id, **_checked(values), fingerprint=mark)
    try:
        table.save_address(customer_id, address)
    except Stale:
        known = load_address(customer_id, address_id)
        if known.fingerprint != mark:
            raise InvalidInput(
                "This key added another address.", code="idempotency_key_reused"
            ) from None
        return Added(known, replayed=True)
    return Added(_only_default(customer_id, address, present), replayed=False)


def edit_address(
    customer_id: str, address: SavedAddress, changes: Mapping[str, Any]
) -> SavedAddress:
    edited = msgspec.structs.replace(address, **_checked(changes), version=address.version + 1)
    table.save_address(customer_id, edited)
    return _only_default(customer_id, edited, table.list_addresses(customer_id))


def delete_address(customer_id: str, address_id: str) -> None:
    table.delete_address(customer_id, address_id)


def _only_default(
    customer_id: str, address: SavedAddress, others: list[SavedAddress]
) -> SavedAddress:
    """A new default takes the place of the old one."""
    for other in others:
        if address.is_default and other.is_default and other.address_id != address.address_id:
            table.save_address(
                customer_id,
                msgspec.structs.replace(other, is_default=False, version=other.version + 1),
            )
    return address


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(values)
    if checked.get("phone"):
        checked["phone"] = normalized_phone(checked["phone"])
    return checked


def _check_zone(name: str) -> None:
    if not is_time_zone(name):
        detail = "Name a time zone, such as Asia/Shanghai."
        raise InvalidInput(detail, errors=[FieldError("/quiet_hours/time_zone", detail)])
