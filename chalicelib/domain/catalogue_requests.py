"""What staff ask for when they change what is sold and how a store works, with every bound."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chalicelib.domain.catalogue import Product, Store
from chalicelib.domain.charges import ChargeRate
from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.money import Money
from chalicelib.domain.order_requests import Email, Id, Sku

Title = Annotated[str, Meta(max_length=120)]
Prose = Annotated[str, Meta(max_length=2000)]
Names = Annotated[dict[str, Title], Meta(max_length=10)]
Proses = Annotated[dict[str, Prose], Meta(max_length=10)]
Barcode = Annotated[str, Meta(pattern=r"^[0-9]{8,14}$(?!\n)")]
Image = Annotated[str, Meta(max_length=500, pattern=r"^(https://|/)[^\s\"<>]+$(?!\n)")]
Images = Annotated[tuple[Image, ...], Meta(max_length=10)]
Seconds = Annotated[int, Meta(ge=0, le=2_592_000)]


class RequestedChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    choice_id: Id
    name: Names
    price_delta: Money


class RequestedOption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    option_id: Id
    name: Names
    choices: Annotated[tuple[RequestedChoice, ...], Meta(min_length=1, max_length=50)]
    required: bool = False
    choices_max: Annotated[int, Meta(ge=1, le=50)] = 1


class RequestedPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sku: Sku
    quantity: Annotated[int, Meta(ge=1, le=999)]


Options = Annotated[tuple[RequestedOption, ...], Meta(max_length=20)]
Parts = Annotated[tuple[RequestedPart, ...], Meta(min_length=1, max_length=20)]
Substitutes = Annotated[tuple[Sku, ...], Meta(max_length=10)]


class NewProduct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /v1/ops/products`. Names and descriptions are by language."""

    store_id: Id
    sku: Sku
    name: Names
    price: Money
    category: Id
    barcode: Barcode | None = None
    description: Proses = msgspec.field(default_factory=dict)
    images: Images = ()
    options: Options = ()
    bundle_of: Parts | None = None
    substitutes: Substitutes = ()
    active: bool = True


class ProductPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `PATCH /v1/ops/products/{sku}`; what is absent stays as it is."""

    name: Names | UnsetType = UNSET
    price: Money | UnsetType = UNSET
    category: Id | UnsetType = UNSET
    barcode: Barcode | UnsetType | None = UNSET
    description: Proses | UnsetType = UNSET
    images: Images | UnsetType = UNSET
    options: Options | UnsetType = UNSET
    bundle_of: Parts | UnsetType | None = UNSET
    substitutes: Substitutes | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local times as `HH:MM`; `24:00` ends a day, an earlier end is on the next day."""

    opens: str
    closes: str


class StorePatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `PATCH /v1/ops/stores/{store_id}`; what is absent stays as it is."""

    name: Names | UnsetType = UNSET
    address: Proses | UnsetType = UNSET
    hours: dict[str, tuple[Span, ...]] | UnsetType = UNSET
    time_zone: Title | UnsetType = UNSET
    tables: tuple[Title, ...] | UnsetType = UNSET
    fulfillment_types: tuple[Title, ...] | UnsetType = UNSET
    payment_methods: tuple[Title, ...] | UnsetType = UNSET
    merchant_email: Email | UnsetType | None = UNSET
    tax_id: Annotated[str, Meta(max_length=30)] | UnsetType | None = UNSET
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$(?!\n)")] | UnsetType | None = UNSET
    einvoice_provider: Title | UnsetType | None = UNSET
    einvoice_goods_code: Annotated[str, Meta(pattern=r"^[0-9]{19}$(?!\n)")] | UnsetType | None = (
        UNSET
    )
    tax_basis_points: Annotated[int, Meta(ge=0, le=10_000)] | UnsetType = UNSET
    tax_inclusive: bool | UnsetType = UNSET
    delivery_fee: Money | UnsetType = UNSET
    minimum_order: Money | UnsetType = UNSET
    on_site_allowed: bool | UnsetType = UNSET
    order_expires_seconds: Annotated[int, Meta(ge=60, le=86_400)] | UnsetType = UNSET
    duplicate_window_seconds: Annotated[int, Meta(ge=0, le=86_400)] | UnsetType = UNSET
    promise_seconds: dict[str, Seconds] | UnsetType = UNSET
    charge_currencies: Annotated[tuple[ChargeRate, ...], Meta(max_length=20)] | UnsetType = UNSET
    answer_seconds: Annotated[int, Meta(ge=60, le=86_400)] | UnsetType = UNSET
    unanswered: dict[str, Title] | UnsetType = UNSET


class PauseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /v1/ops/stores/{store_id}/pause`; without `until`, until resumed."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    until: Annotated[datetime, Meta(tz=True)] | None = None


class ResumeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(max_length=200)] = ""


def product_of(request: NewProduct, product_id: str) -> Product:
    fields = {**_plain(request), "product_id": product_id}
    del fields["store_id"]
    return msgspec.convert(fields, Product)


def patched_product(product: Product, patch: ProductPatch) -> Product:
    return msgspec.convert({**_plain(product), **_plain(patch)}, Product)


def patched_store(store: Store, patch: StorePatch) -> Store:
    """Raises `InvalidInput` for amounts in another currency than the store's, or below zero."""
    fields = _plain(patch)
    faults = []
    for name in ("delivery_fee", "minimum_order"):
        money = getattr(patch, name)
        if money is UNSET:
            continue
        if money.currency != store.currency or money.amount_minor < 0:
            faults.append(FieldError(f"/{name}", f"An amount in {store.currency}, not below 0."))
        fields[f"{name}_minor"] = fields.pop(name)["amount_minor"]
    if faults:
        raise InvalidInput("These settings make no sense; see errors.", errors=faults)
    if patch.hours is not UNSET:
        spans = {
            day: [[span.opens, span.closes] for span in spans] for day, spans in patch.hours.items()
        }
        fields["hours"] = {"spans": spans}
    return msgspec.convert({**_plain(store), **fields}, Store)


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(value)
    return fields
