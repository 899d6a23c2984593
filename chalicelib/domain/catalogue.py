"""What a store sells, as one immutable snapshot that pricing and search work on."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.charges import ChargeRate
from chalicelib.domain.money import Money
from chalicelib.domain.text import Text

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Choice(msgspec.Struct, frozen=True):
    choice_id: str
    name: Text
    price_delta: Money


class Option(msgspec.Struct, frozen=True):
    """`required` means at least one choice; at most `choices_max` of them."""

    option_id: str
    name: Text
    choices: tuple[Choice, ...]
    required: bool = False
    choices_max: int = 1


class BundlePart(msgspec.Struct, frozen=True):
    sku: str
    quantity: int


class Product(msgspec.Struct, frozen=True, kw_only=True):
    product_id: str
    sku: str
    name: Text
    price: Money
    category: str
    barcode: str | None = None
    description: Text = msgspec.field(default_factory=dict)
    images: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    bundle_of: tuple[BundlePart, ...] | None = None
    substitutes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    active: bool = True


class Hours(msgspec.Struct, frozen=True):
    """Opening spans of each weekday, as `HH:MM` local time; `24:00` ends a day."""

    spans: dict[str, tuple[tuple[str, str], ...]]

    @property
    def always(self) -> bool:
        return all(self.spans.get(day) == (("00:00", "24:00"),) for day in WEEKDAYS)


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """Times are seconds; `tax_basis_points` of 1300 is 13 %.

    `tax_id` and `country` are the seller's, for invoices. `einvoice_provider` names the platform
    that issues digital e-invoices, for goods of the class `einvoice_goods_code`. Buyers may be
    charged in any of `charge_currencies` instead of the store's, as long as its rate holds.
    Customers have `answer_seconds` for a question; `unanswered` says by kind what is done then.
    """

    store_id: str
    name: Text
    currency: str
    time_zone: str
    hours: Hours
    fulfillment_types: tuple[str, ...]
    payment_methods: tuple[str, ...]
    tables: tuple[str, ...] = ()
    address: Text = msgspec.field(default_factory=dict)
    merchant_email: str | None = None
    tax_id: str | None = None
    country: str | None = None
    einvoice_provider: str | None = None
    einvoice_goods_code: str | None = None
    tax_basis_points: int = 0
    tax_inclusive: bool = True
    delivery_fee_minor: int = 0
    minimum_order_minor: int = 0
    on_site_allowed: bool = False
    order_expires_seconds: int = 900
    duplicate_window_seconds: int = 120
    promise_seconds: dict[str, int] = msgspec.field(default_factory=dict)
    charge_currencies: tuple[ChargeRate, ...] = ()
    answer_seconds: int = 900
    unanswered: dict[str, str] = msgspec.field(default_factory=dict)


class StoreState(msgspec.Struct, frozen=True, kw_only=True):
    """What staff change by the minute: read fresh with each order."""

    store_id: str
    paused: bool = False
    reason: str | None = None
    until: datetime | None = None

    def paused_at(self, now: datetime) -> bool:
        return self.paused and (self.until is None or now < self.until)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The catalogue of all stores at one version; products are per store and SKU."""

    version: int
    stores: dict[str, Store]
    products: dict[str, dict[str, Product]]
    categories: dict[str, Text] = msgspec.field(default_factory=dict)


def next_opening(store: Store, now: datetime) -> datetime | None:
    """None when open at `now`; else the next opening within eight days, or `datetime.max`."""
    zone = ZoneInfo(store.time_zone)
    local = now.astimezone(zone)
    for days in range(-1, 9):
        day = (local + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
        for opens, closes in store.hours.spans.get(WEEKDAYS[day.weekday()], ()):
            start, end = _at(day, opens), _at(day, closes)
            end = end if end > start else end + timedelta(days=1)
            if start <= local < end:
                return None
            if start > local:
                return start.astimezone(now.tzinfo)
    return datetime.max.replace(tzinfo=now.tzinfo)


def _at(day: datetime, clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return day + timedelta(hours=int(hours), minutes=int(minutes))
