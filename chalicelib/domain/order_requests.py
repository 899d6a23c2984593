"""What a caller asks for when ordering, with every bound that needs no look at the store."""

import hashlib
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from chalicelib.domain.money import Money
from chalicelib.domain.orders import Channel, FulfillmentType

LINES_MAX = 40
QUANTITY_MAX = 999

Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$(?!\n)")]
Id = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$(?!\n)")]
ShortText = Annotated[str, Meta(min_length=1, max_length=120)]
Note = Annotated[str, Meta(max_length=500)]
Email = Annotated[
    str, Meta(max_length=254, pattern=r"^[^@\s<>\",;]+@[^@\s<>\",;]+\.[^@\s<>\",;]+$")
]
Phone = Annotated[str, Meta(pattern=r"^\+?[0-9][0-9 ()-]{3,23}$")]


class RequestedAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    line1: ShortText
    line2: ShortText | None = None
    city: ShortText | None = None
    region: ShortText | None = None
    postal_code: Annotated[str, Meta(max_length=20)] | None = None
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] | None = None


class RequestedFulfillment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    type: FulfillmentType
    address: RequestedAddress | None = None
    table: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    requested_at: Annotated[datetime, Meta(tz=True)] | None = None


class RequestedLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sku: Sku
    quantity: Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
    options: Annotated[tuple[Id, ...], Meta(max_length=20)] = ()


class RequestedContact(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    name: ShortText | None = None
    phone: Phone | None = None
    email: Email | None = None


Lines = Annotated[tuple[RequestedLine, ...], Meta(min_length=1, max_length=LINES_MAX)]


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /v1/orders` and `POST /v1/quotes`."""

    store_id: Id
    channel: Channel
    fulfillment: RequestedFulfillment
    line_items: Lines
    contact: RequestedContact = RequestedContact()
    coupon_code: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    note: Note | None = None
    expected_total: Money | None = None
    allow_duplicate: bool = False


class EditRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `PATCH /v1/orders/{order_id}`; what is absent stays as it is."""

    line_items: Lines | msgspec.UnsetType = msgspec.UNSET
    fulfillment: RequestedFulfillment | msgspec.UnsetType = msgspec.UNSET
    contact: RequestedContact | msgspec.UnsetType = msgspec.UNSET
    note: Note | msgspec.UnsetType | None = msgspec.UNSET
    expected_total: Money | None = None


def fingerprint(request: msgspec.Struct) -> str:
    """The same request gives the same fingerprint, however its JSON was spaced or ordered."""
    return hashlib.sha256(msgspec.json.encode(request, order="sorted")).hexdigest()
