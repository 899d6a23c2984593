"""Stores and products as the API shows them, texts in the reader's language."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.domain.catalogue import (
    Choice,
    Hours,
    Option,
    Product,
    Snapshot,
    Store,
    StoreState,
)
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Device
from chalicelib.domain.stores import opening_of
from chalicelib.domain.text import Text, localized
from chalicelib.providers.base import Provider
from chalicelib.services.payment_ways import ways_of
from chalicelib.services.payments import payer_page
from chalicelib.services.secrets import fields_script, publishable_key
from chalicelib.services.storefront import Stocked

Offered = Mapping[str, Provider]


class SpanView(msgspec.Struct):
    """Local times as `HH:MM`; `24:00` ends a day, an earlier end is on the next day."""

    opens: str
    closes: str


class PaymentWayView(msgspec.Struct):
    """`devices` tells for each method on which devices it can be used, `currencies` in what it
    can charge: the store's own, or others at an exchange rate. Fields that the company itself shows
    in the buyer's client need its `publishable_key`; `script_url` is where their script comes
    from on a stage for practice, whose company is not the real one. `payer_page` tells a page
    within the company's own app who pays: filled in with `redirect_uri` and `state`, it leads back
    with a code.
    """

    provider: str
    methods: list[str]
    devices: dict[str, list[Device]]
    currencies: list[str]
    publishable_key: str | UnsetType = UNSET
    script_url: str | UnsetType = UNSET
    payer_page: str | UnsetType = UNSET


class CategoryView(msgspec.Struct):
    category: str
    name: str


class StoreView(msgspec.Struct, kw_only=True):
    """`open` is whether an order could be placed now; else `next_opening_at`, if it is known."""

    store_id: str
    name: str
    names: Text
    address: str
    currency: str
    time_zone: str
    hours: dict[str, list[SpanView]]
    tables: list[str]
    fulfillment_types: list[str]
    payment_methods: list[PaymentWayView]
    categories: list[CategoryView]
    delivery_fee: Money
    minimum_order: Money
    tax_inclusive: bool
    open: bool
    next_opening_at: datetime | None
    paused: bool
    pause_reason: str | None
    paused_until: datetime | None


class StorePage(msgspec.Struct):
    items: list[StoreView]
    next_cursor: str | None = None


class ChoiceView(msgspec.Struct, kw_only=True):
    choice_id: str
    name: str
    price_delta: Money


class OptionView(msgspec.Struct, kw_only=True):
    option_id: str
    name: str
    required: bool
    choices_max: int
    choices: list[ChoiceView]


class BundlePartView(msgspec.Struct, kw_only=True):
    sku: str
    quantity: int
    name: str


class ProductView(msgspec.Struct, kw_only=True):
    """`category` is an id to filter by, `category_name` what people read.

    `available` is null while the database is down: it can be ordered, and is looked for later.
    """

    product_id: str
    sku: str
    barcode: str | None
    name: str
    description: str
    category: str
    category_name: str
    images: list[str]
    price: Money
    options: list[OptionView]
    bundle_of: list[BundlePartView] | None
    available: int | None


class ProductPage(msgspec.Struct):
    items: list[ProductView]
    next_cursor: str | None


def store_view(
    store: Store,
    state: StoreState,
    snapshot: Snapshot,
    *,
    offered: Offered,
    language: str,
    now: datetime,
) -> StoreView:
    opening = opening_of(store, state, now)
    paused = state.paused_at(now)
    return StoreView(
        store_id=store.store_id,
        name=localized(store.name, language),
        names=store.name,
        address=localized(store.address, language),
        currency=store.currency,
        time_zone=store.time_zone,
        hours=hours_view(store.hours),
        tables=list(store.tables),
        fulfillment_types=list(store.fulfillment_types),
        payment_methods=payment_ways(store, offered),
        categories=_categories(snapshot, store.store_id, language),
        delivery_fee=Money(store.delivery_fee_minor, store.currency),
        minimum_order=Money(store.minimum_order_minor, store.currency),
        tax_inclusive=store.tax_inclusive,
        open=opening == now,
        next_opening_at=None if opening == now else opening,
        paused=paused,
        pause_reason=state.reason if paused else None,
        paused_until=state.until if paused else None,
    )


def hours_view(hours: Hours) -> dict[str, list[SpanView]]:
    return {day: [SpanView(*span) for span in spans] for day, spans in hours.spans.items()}


def payment_ways(store: Store, offered: Offered) -> list[PaymentWayView]:
    return [
        PaymentWayView(
            way.provider,
            list(way.devices),
            {method: list(devices) for method, devices in way.devices.items()},
            list(way.currencies),
            (way.provider in offered and publishable_key(way.provider)) or UNSET,
            (way.provider in offered and fields_script(way.provider)) or UNSET,
            (way.provider in offered and payer_page(way.provider)) or UNSET,
        )
        for way in ways_of(store, offered)
    ]


def product_view(stocked: Stocked, snapshot: Snapshot, store_id: str, language: str) -> ProductView:
    product = stocked.product
    category = snapshot.categories.get(product.category, {})
    return ProductView(
        product_id=product.product_id,
        sku=product.sku,
        barcode=product.barcode,
        name=localized(product.name, language),
        description=localized(product.description, language),
        category=product.category,
        category_name=localized(category, language) or product.category,
        images=list(product.images),
        price=product.price,
        options=[_option(option, language) for option in product.options],
        bundle_of=_bundle(product, snapshot.products[store_id], language),
        available=stocked.available,
    )


def _categories(snapshot: Snapshot, store_id: str, language: str) -> list[CategoryView]:
    """Those with something on sale, in the catalogue's order."""
    products = snapshot.products.get(store_id, {}).values()
    used = dict.fromkeys(product.category for product in products if product.active)
    return [
        CategoryView(
            category, localized(snapshot.categories.get(category, {}), language) or category
        )
        for category in used
    ]


def _option(option: Option, language: str) -> OptionView:
    return OptionView(
        option_id=option.option_id,
        name=localized(option.name, language),
        required=option.required,
        choices_max=option.choices_max,
        choices=[_choice(choice, language) for choice in option.choices],
    )


def _choice(choice: Choice, language: str) -> ChoiceView:
    return ChoiceView(
        choice_id=choice.choice_id,
        name=localized(choice.name, language),
        price_delta=choice.price_delta,
    )


def _bundle(
    product: Product, shelf: Mapping[str, Product], language: str
) -> list[BundlePartView] | None:
    if product.bundle_of is None:
        return None
    return [
        BundlePartView(
            sku=part.sku,
            quantity=part.quantity,
            name=localized(shelf[part.sku].name, language) if part.sku in shelf else part.sku,
        )
        for part in product.bundle_of
    ]
