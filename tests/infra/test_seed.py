"""The demo data: complete, checked, and never written over what is there."""

from datetime import UTC, datetime

import msgspec
import pytest

from chalicelib.domain.barcodes import is_barcode
from chalicelib.domain.digests import STAGE
from chalicelib.domain.identity import system
from chalicelib.domain.stock import MovementRequest, ledger_faults
from chalicelib.domain.stock_drift import drift_of
from chalicelib.domain.text import LANGUAGES
from chalicelib.services import catalogue, digest_plans, stock
from chalicelib.store import stock_levels
from infra.local import seed

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
FILES = {file.store.store_id: file for file in seed.read_files()}


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_a_demo_store_has_what_a_first_look_needs(file):
    store, products = file.as_store(), file.as_products()
    assert store.hours.always
    assert store.minimum_order_minor == 0
    assert "pickup" in store.fulfillment_types
    plain = [
        entry
        for entry in file.products
        if not entry.options and entry.bundle_of is None and entry.stock >= 100
    ]
    assert len(plain) >= 10
    assert any(product.bundle_of for product in products.values())
    assert any(option.required for product in products.values() for option in product.options)
    assert {entry.category for entry in file.products} == file.categories.keys()
    assert any(0 < entry.stock <= 3 for entry in file.products)


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_every_text_is_in_every_language_and_every_barcode_is_right(file):
    for entry in file.products:
        assert entry.name.keys() == entry.description.keys() == set(LANGUAGES)
        assert entry.barcode is None or is_barcode(entry.barcode)


def test_about_sixty_products_in_a_shop_and_a_restaurant():
    assert 55 <= sum(len(file.products) for file in FILES.values()) <= 70
    assert "delivery" in FILES["sto_market"].store.fulfillment_types
    assert FILES["sto_noodles"].store.tables
    assert FILES["sto_noodles"].store.on_site_allowed


def test_seeding_fills_an_empty_stage_once_and_the_books_balance(aws):
    files = list(FILES.values())
    assert seed.seed(files, NOW) == (2, sum(1 for f in files for p in f.products if p.stock))
    assert seed.seed(files, NOW) == (0, 0)
    planned = digest_plans.list_plans(system("seed"))
    assert {one.plan.store_id: one.plan.channels for one in planned} == {
        **dict.fromkeys(FILES, ("email",)),
        STAGE: (),
    }
    for store_id in FILES:
        rows = list(stock_levels.every_movement(store_id))
        for level in stock_levels.list_levels(store_id):
            assert drift_of(level, NOW).faults == ()
            assert ledger_faults(level, [row for row in rows if row.sku == level.sku]) == []


def test_what_people_changed_is_left_as_it_is(aws):
    files = [FILES["sto_noodles"]]
    seed.seed(files, NOW)
    catalogue.publish(lambda old: msgspec.structs.replace(old, products={"sto_noodles": {}}))
    assert seed.seed(files, NOW) == (0, 0)
    assert catalogue.current_snapshot().products == {"sto_noodles": {}}


def test_a_seeding_that_was_stopped_is_completed(aws):
    files = [FILES["sto_noodles"]]
    catalogue.publish(lambda old: seed._with_stores(old, files))
    request = MovementRequest(
        sku="RIC-PLAIN", store_id="sto_noodles", kind="receive", quantity=500,
        reason="Opening stock",
    )  # fmt: skip
    stock.move(request, system("seed"), "opening-sto_noodles-RIC-PLAIN", NOW)
    seed.seed(files, NOW)
    level = stock_levels.find_levels("sto_noodles", ["RIC-PLAIN"])["RIC-PLAIN"]
    assert level.received == 500
