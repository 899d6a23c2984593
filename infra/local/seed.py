"""Fills an empty stage with two demo stores; what is there already is left as it is.

Run as `python -m infra.local.seed` with the functions' environment (`DOCKET_…`). Opening stock is
received like any delivery, so that the books balance from the first unit.
"""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from chalicelib.domain import ids, products
from chalicelib.domain.catalogue import (
    WEEKDAYS,
    BundlePart,
    Choice,
    Hours,
    Option,
    Product,
    Snapshot,
    Store,
)
from chalicelib.domain.charges import ChargeRate
from chalicelib.domain.digests import DEFAULT_HOUR
from chalicelib.domain.identity import system
from chalicelib.domain.money import Money
from chalicelib.domain.stock import MovementRequest
from chalicelib.domain.text import Text
from chalicelib.services import catalogue, digest_plans, stock
from chalicelib.services.keywords import keywords_of
from chalicelib.store import stock_levels

DATA = Path(__file__).parent / "seed_data"
ROUND_THE_CLOCK = Hours(dict.fromkeys(WEEKDAYS, (("00:00", "24:00"),)))


class SeedStore(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    store_id: str
    name: Text
    currency: str
    time_zone: str
    address: Text
    fulfillment_types: tuple[str, ...]
    payment_methods: tuple[str, ...]
    promise_seconds: dict[str, int]
    merchant_email: str
    tax_id: str
    tax_basis_points: int
    einvoice_provider: str | None = None
    einvoice_goods_code: str | None = None
    tables: tuple[str, ...] = ()
    delivery_fee_minor: int = 0
    on_site_allowed: bool = False
    charge_currencies: tuple[ChargeRate, ...] = ()


class SeedChoice(msgspec.Struct, forbid_unknown_fields=True):
    choice_id: str
    name: Text
    delta_minor: int


class SeedOption(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    option_id: str
    name: Text
    choices: list[SeedChoice]
    required: bool
    choices_max: int


class SeedProduct(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`options` name entries of the file's own table of options."""

    sku: str
    name: Text
    price_minor: int
    category: str
    description: Text
    stock: int = 0
    barcode: str | None = None
    options: list[str] = []
    bundle_of: tuple[BundlePart, ...] | None = None


class SeedFile(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    store: SeedStore
    categories: dict[str, Text]
    options: dict[str, SeedOption]
    products: list[SeedProduct]

    def as_store(self) -> Store:
        return Store(hours=ROUND_THE_CLOCK, **msgspec.structs.asdict(self.store))

    def as_products(self) -> dict[str, Product]:
        """Checked like those that staff enter."""
        store = self.as_store()
        shelf = {seed.sku: self._product(seed) for seed in self.products}
        for product in shelf.values():
            products.check(product, store, shelf)
        return shelf

    def _product(self, seed: SeedProduct) -> Product:
        return Product(
            product_id=ids.derived("prd", self.store.store_id, seed.sku),
            sku=seed.sku,
            name=seed.name,
            price=Money(seed.price_minor, self.store.currency),
            category=seed.category,
            barcode=seed.barcode,
            description=seed.description,
            options=tuple(self._option(self.options[name]) for name in seed.options),
            bundle_of=seed.bundle_of,
            keywords=keywords_of(seed.name),
        )

    def _option(self, seed: SeedOption) -> Option:
        currency = self.store.currency
        choices = tuple(
            Choice(c.choice_id, c.name, Money(c.delta_minor, currency)) for c in seed.choices
        )
        return Option(seed.option_id, seed.name, choices, seed.required, seed.choices_max)


def read_files() -> list[SeedFile]:
    return [
        msgspec.json.decode(path.read_bytes(), type=SeedFile)
        for path in sorted(DATA.glob("*.json"))
    ]


def seed(files: list[SeedFile], now: datetime) -> tuple[int, int]:
    """How many stores and opening stocks were missing and are there now."""
    known = catalogue.current_snapshot().stores
    new = [file for file in files if file.store.store_id not in known]
    if new:
        catalogue.publish(lambda snapshot: _with_stores(snapshot, new))
    for file in new:
        store_id = file.store.store_id
        digest_plans.change(store_id, DEFAULT_HOUR, ("email",), system("seed"), now)
    return len(new), sum(_open_stock(file, now) for file in files)


def _with_stores(snapshot: Snapshot, files: list[SeedFile]) -> Snapshot:
    stores, shelves, categories = (
        dict(snapshot.stores),
        dict(snapshot.products),
        dict(snapshot.categories),
    )
    for file in files:
        stores.setdefault(file.store.store_id, file.as_store())
        shelves.setdefault(file.store.store_id, file.as_products())
        categories = {**file.categories, **categories}
    return msgspec.structs.replace(snapshot, stores=stores, products=shelves, categories=categories)


def _open_stock(file: SeedFile, now: datetime) -> int:
    """Receive the opening stock of products that never had any; one received twice counts once."""
    store_id = file.store.store_id
    on_sale = catalogue.current_snapshot().products.get(store_id, {})
    stocked = {p.sku: p.stock for p in file.products if p.stock and p.sku in on_sale}
    missing = stocked.keys() - stock_levels.find_levels(store_id, stocked)
    for sku in sorted(missing):
        request = MovementRequest(
            sku=sku, store_id=store_id, kind="receive", quantity=stocked[sku],
            reason="Opening stock",
        )  # fmt: skip
        stock.move(request, system("seed"), f"opening-{store_id}-{sku}", now)
    return len(missing)


def main() -> None:
    stores, stocks = seed(read_files(), datetime.now(UTC))
    print(f"Seeded {stores} stores and {stocks} opening stocks.")


if __name__ == "__main__":
    main()
