"""The signed-in person's own data: profile, preferences, address book."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.api.auth import access_token_of
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain.errors import NotAllowed
from chalicelib.domain.invoice_details import InvoiceDetails
from chalicelib.domain.mail_feedback import Suppression
from chalicelib.domain.order_requests import fingerprint
from chalicelib.domain.profiles import (
    Language,
    LongText,
    NotificationChannel,
    Preferences,
    Profile,
    SavedAddress,
    ShortText,
    TextSize,
    Theme,
    Topic,
)
from chalicelib.domain.quiet_hours import QuietHours
from chalicelib.services import profile, sign_in
from chalicelib.services.user_pool import user_pool

routes = ApiBlueprint(__name__)

Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """`mail_trouble` says why no mail goes to `email`, if none does."""

    customer_id: str
    email: str | None
    name: str | None
    phone: str | None
    roles: tuple[str, ...]
    store_ids: tuple[str, ...]
    mail_trouble: Suppression | None = None


class _Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields left out stay; null clears."""


class ProfileChanges(_Changes, frozen=True, kw_only=True):
    name: ShortText | UnsetType | None = UNSET
    phone: ShortText | UnsetType | None = UNSET


class PreferenceChanges(_Changes, frozen=True, kw_only=True):
    """Of `channels` only the topics named change."""

    language: Language | UnsetType | None = UNSET
    channels: dict[Topic, tuple[NotificationChannel, ...]] | UnsetType = UNSET
    quiet_hours: QuietHours | UnsetType | None = UNSET
    text_size: TextSize | UnsetType = UNSET
    theme: Theme | UnsetType = UNSET
    invoice_details: InvoiceDetails | UnsetType | None = UNSET


class AddressChanges(_Changes, frozen=True, kw_only=True):
    line1: LongText | UnsetType = UNSET
    label: ShortText | UnsetType | None = UNSET
    contact_name: ShortText | UnsetType | None = UNSET
    phone: ShortText | UnsetType | None = UNSET
    line2: LongText | UnsetType | None = UNSET
    city: ShortText | UnsetType | None = UNSET
    region: ShortText | UnsetType | None = UNSET
    postal_code: ShortText | UnsetType | None = UNSET
    country: Country | UnsetType | None = UNSET
    is_default: bool | UnsetType = UNSET


class NewAddress(AddressChanges, frozen=True, kw_only=True):
    line1: LongText


class Addresses(msgspec.Struct, frozen=True):
    items: list[SavedAddress]
    next_cursor: str | None = None


@routes.get("/me", summary="Who am I", returns=Me)
def read_me(request: Request[None]) -> Reply:
    known = profile.load_profile(_person(request))
    token = access_token_of(request)
    if known.version == 0 and token:
        profile.remember(
            {**sign_in.attributes(user_pool(), token), "sub": known.customer_id}, request.now
        )
        known = profile.load_profile(known.customer_id)
    return _me(request, known)


@routes.patch("/me", summary="Change name or phone", body=ProfileChanges, returns=Me)
def edit_me(request: Request[ProfileChanges]) -> Reply:
    known = profile.load_profile(_person(request))
    request.check_match(known.version, required=True)
    return _me(request, profile.edit_profile(known, _named(request.body), request.now))


@routes.post("/me/mail-again", summary="My mailbox works again: mail me", returns=Me)
def mail_me_again(request: Request[None]) -> Reply:
    known = profile.load_profile(_person(request))
    profile.mail_again(known)
    return _me(request, known)


@routes.get("/me/preferences", summary="How I want to be served", returns=Preferences)
def read_preferences(request: Request[None]) -> Reply:
    known = profile.load_preferences(_person(request))
    return Reply(known, etag=str(known.version))


@routes.patch(
    "/me/preferences", summary="Change preferences", body=PreferenceChanges, returns=Preferences
)
def edit_preferences(request: Request[PreferenceChanges]) -> Reply:
    customer_id = _person(request)
    known = profile.load_preferences(customer_id)
    request.check_match(known.version, required=True)
    edited = profile.edit_preferences(customer_id, known, _named(request.body))
    return Reply(edited, etag=str(edited.version))


@routes.get("/me/addresses", summary="My address book, the default first", returns=Addresses)
def list_addresses(request: Request[None]) -> Addresses:
    found = profile.list_addresses(_person(request))
    return Addresses([_shown(address) for address in found])


@routes.post(
    "/me/addresses",
    summary="Add an address",
    once=False,
    body=NewAddress,
    returns=SavedAddress,
    status=201,
)
def add_address(request: Request[NewAddress]) -> Reply:
    body = request.body
    added = profile.add_address(
        _person(request), _named(body), fingerprint(body), request.idempotency_key
    )
    headers = {"Location": f"/v1/me/addresses/{added.address.address_id}"}
    if added.replayed:
        headers["Idempotent-Replayed"] = "true"
    return _address(added.address, headers)


@routes.get("/me/addresses/{address_id}", summary="One address", returns=SavedAddress)
def read_address(request: Request[None], address_id: str) -> Reply:
    return _address(profile.load_address(_person(request), address_id))


@routes.patch(
    "/me/addresses/{address_id}",
    summary="Change an address",
    body=AddressChanges,
    returns=SavedAddress,
)
def edit_address(request: Request[AddressChanges], address_id: str) -> Reply:
    customer_id = _person(request)
    known = profile.load_address(customer_id, address_id)
    request.check_match(known.version, required=True)
    return _address(profile.edit_address(customer_id, known, _named(request.body)))


@routes.delete("/me/addresses/{address_id}", summary="Remove an address", status=204)
def delete_address(request: Request[None], address_id: str) -> Reply:
    known = profile.load_address(_person(request), address_id)
    request.check_match(known.version)
    profile.delete_address(_person(request), address_id)
    return Reply(status=204)


def _person(request: Request[Any]) -> str:
    customer_id = request.caller.customer_id
    if customer_id is None:
        raise NotAllowed("An API key has no account of its own.", code="not_allowed")
    return customer_id


def _address(address: SavedAddress, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(_shown(address), etag=str(address.version), headers=headers or {})


def _shown(address: SavedAddress) -> SavedAddress:
    return msgspec.structs.replace(address, fingerprint=UNSET)


def _named(changes: msgspec.Struct) -> dict[str, Any]:
    values = {name: getattr(changes, name) for name in changes.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}


def _me(request: Request[Any], known: Profile) -> Reply:
    caller = request.caller
    body = Me(
        customer_id=known.customer_id,
        email=known.email,
        name=known.name,
        phone=known.phone,
        roles=tuple(sorted(caller.roles)),
        store_ids=tuple(sorted(caller.store_ids)),
        mail_trouble=profile.mail_trouble(known),
    )
    return Reply(body, etag=str(known.version))
