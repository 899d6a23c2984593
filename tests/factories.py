"""A small shop and the requests that its customers make."""

from datetime import UTC, datetime
from typing import Any

import msgspec

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
from chalicelib.domain.identity import Caller
from chalicelib.domain.money import Money
from chalicelib.domain.order_requests import OrderRequest
from chalicelib.services import catalogue
from chalicelib.store.client import translating
from chalicelib.store.orders import stock_key
from chalicelib.store.tables import StockItem

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ALWAYS = Hours(dict.fromkeys(WEEKDAYS, (("00:00", "24:00"),)))
MARKET, NOODLES = "sto_market", "sto_noodles"
CUSTOMER = Caller(kind="customer", id="cus-ada", email="ada@example.com")
CLERK = Caller(
    kind="staff",
    id="staff-cleo",
    roles=frozenset({"clerk"}),
    store_ids=frozenset({MARKET, NOODLES}),
)
MANAGER = Caller(
    kind="staff", id="staff-mo", roles=frozenset({"manager"}),
    store_ids=frozenset({MARKET, NOODLES}),
)  # fmt: skip


class Shop(msgspec.Struct, frozen=True):
    snapshot: Snapshot


def cny(amount_minor: int) -> Money:
    return Money(amount_minor, "CNY")


def a_store(store_id: str = MARKET, **overrides: Any) -> Store:
    fields: dict[str, Any] = {
        "store_id": store_id,
        "name": {"en": "Corner Market", "zh-CN": "街角超市"},
        "currency": "CNY",
        "time_zone": "Asia/Shanghai",
        "hours": ALWAYS,
        "fulfillment_types": ("delivery", "pickup"),
        "payment_methods": ("card", "wallet", "qr"),
        "tax_basis_points": 1300,
        "delivery_fee_minor": 500,
        "merchant_email": "market@example.com",
        "promise_seconds": {"delivery": 3600, "pickup": 900, "dine_in": 1200},
    }
    return Store(**{**fields, **overrides})


def a_product(sku: str, price_minor: int = 1000, **overrides: Any) -> Product:
    fields: dict[str, Any] = {
        "product_id": f"prd_{sku}",
        "sku": sku,
        "name": {"en": sku.title(), "zh-CN": f"商品{sku}"},
        "price": cny(price_minor),
        "category": "all",
    }
    return Product(**{**fields, **overrides})


def products() -> dict[str, Product]:
    size = Option(
        "size",
        {"en": "Size", "zh-CN": "规格"},
        (
            Choice("small", {"en": "Small", "zh-CN": "小"}, cny(0)),
            Choice("large", {"en": "Large", "zh-CN": "大"}, cny(300)),
        ),
        required=True,
    )
    listed = (
        a_product("apple", 350),
        a_product("bread", 1200),
        a_product("milk", 1580),
        a_product("last-cake", 6800),
        a_product("tea", 900, options=(size,)),
        a_product("breakfast", 2500, bundle_of=(BundlePart("bread", 1), BundlePart("milk", 1))),
    )
    return {product.sku: product for product in listed}


STOCK = {"apple": 500, "bread": 200, "milk": 200, "last-cake": 1, "tea": 300}


def open_shop() -> Shop:
    """Publish both stores and put stock on their shelves."""
    stores = {
        MARKET: a_store(),
        NOODLES: a_store(
            NOODLES,
            name={"en": "Noodle House", "zh-CN": "面馆"},
            fulfillment_types=("dine_in", "pickup"),
            tables=("A1", "A2"),
            on_site_allowed=True,
        ),
    }
    shelf = {store_id: products() for store_id in stores}
    catalogue.publish(
        lambda old: Snapshot(
            version=old.version, stores=stores, products=shelf, categories={"all": {"en": "All"}}
        )
    )
    with translating(), StockItem.batch_write() as batch:
        for store_id in stores:
            for sku, quantity in STOCK.items():
                batch.save(_stock_item(store_id, sku, quantity))
    return Shop(catalogue.current_snapshot())


def put_stock(store_id: str, sku: str, quantity: int) -> None:
    with translating():
        _stock_item(store_id, sku, quantity).save()


def _stock_item(store_id: str, sku: str, quantity: int) -> StockItem:
    return StockItem(
        store_id, stock_key(sku), available=quantity, received=quantity, reserved=0, sold=0,
        written_off=0,
    )  # fmt: skip


def stock_of(sku: str, store_id: str = MARKET) -> tuple[int, int, int]:
    """Available, reserved, sold."""
    item = StockItem.get(store_id, stock_key(sku), consistent_read=True)
    return int(item.available), int(item.reserved), int(item.sold)


def order_body(**overrides: Any) -> dict[str, Any]:
    return {
        "store_id": MARKET,
        "channel": "web",
        "fulfillment": {"type": "pickup"},
        "line_items": [{"sku": "apple", "quantity": 2}, {"sku": "bread", "quantity": 1}],
        **overrides,
    }


def an_order_request(**overrides: Any) -> OrderRequest:
    return msgspec.convert(order_body(**overrides), OrderRequest)
