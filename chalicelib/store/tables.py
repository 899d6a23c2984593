"""The five tables: every key, plain attribute and index, in one place.

All items share the key names `PK` and `SK`. Nested values are one JSON document in `data`
(pynamodb's own maps cost fifty times more); what a condition or an index reads is plain. The order
item, which every step writes again, has its document compressed in `packed` (`order_packing.py`).

    orders      order_id            order | event#000001 | payment#… | refund#… | dispute#…
                                    | shipment#… | invoice#… | einvoice#… | buyer
                                    | ~record#… | ~receipt#… (behind the timeline)
    catalogue   catalogue, …        version | chunk#… | state
    stock       store_id            level#<sku> | movement#…
                req_…               receipt (of a movement asked for with a key)
    customers   customer_id         profile | preferences | push | allowance | address#…
                                    | notification#… | invoice#… (that it was issued)
    operations  <kind>#<id>         cases, rules, audit, webhook inbox, keys, leases, guards,
                                    counters of invoices
"""

from typing import Any

import msgspec
from pynamodb.attributes import (
    Attribute,
    BinaryAttribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.constants import STRING
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.config import settings
from chalicelib.store.client import shared_connection


class JsonAttribute(Attribute[Any]):
    """Any msgspec-encodable value as one JSON string; reading gives the text back."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> str:
        return value


class _Item(Model):
    """What all tables have in common: one botocore client for the five of them."""

    PK = UnicodeAttribute(hash_key=True)
    SK = UnicodeAttribute(range_key=True)
    data = JsonAttribute(null=True)

    @classmethod
    def _get_connection(cls) -> Any:
        """The shared connection, also after somebody made that anew."""
        connection = super()._get_connection()
        shared = shared_connection()
        if connection.connection is not shared:
            meta_table = connection.get_meta_table()
            connection.connection = shared
            if meta_table.table_name not in shared._tables:  # noqa: SLF001
                shared.add_meta_table(meta_table)
        return connection


class DueIndex(GlobalSecondaryIndex["OrderItem"]):
    """Sparse: only the orders that a rule could have something to say about."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = NumberAttribute(hash_key=True)
    next_check_at = NumberAttribute(range_key=True)


class CustomerOrdersIndex(GlobalSecondaryIndex["OrderItem"]):
    class Meta:
        index_name = "by_customer"
        projection = KeysOnlyProjection()

    customer_id = UnicodeAttribute(hash_key=True)
    placed_key = UnicodeAttribute(range_key=True)


class StoreOrdersIndex(GlobalSecondaryIndex["OrderItem"]):
    """`board_key` starts with `open#` while the order lives and with `done#` afterwards."""

    class Meta:
        index_name = "by_store"
        projection = KeysOnlyProjection()

    store_id = UnicodeAttribute(hash_key=True)
    board_key = UnicodeAttribute(range_key=True)


class OrderItem(_Item):
    class Meta:
        table_name = settings().orders_table
        region = settings().region

    packed = BinaryAttribute(legacy_encoding=False, null=True)
    version = NumberAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    placed_key = UnicodeAttribute(null=True)
    store_id = UnicodeAttribute(null=True)
    board_key = UnicodeAttribute(null=True)
    due_shard = NumberAttribute(null=True)
    next_check_at = NumberAttribute(null=True)

    due = DueIndex()
    by_customer = CustomerOrdersIndex()
    by_store = StoreOrdersIndex()


class CatalogueItem(_Item):
    class Meta:
        table_name = settings().catalogue_table
        region = settings().region

    version = NumberAttribute(null=True)
    chunk = BinaryAttribute(legacy_encoding=False, null=True)


class StockItem(_Item):
    class Meta:
        table_name = settings().stock_table
        region = settings().region

    available = NumberAttribute(null=True)
    reserved = NumberAttribute(null=True)
    sold = NumberAttribute(null=True)
    received = NumberAttribute(null=True)
    written_off = NumberAttribute(null=True)
    shortfall = NumberAttribute(null=True)  # absent unless a count found less than is reserved


class CustomerItem(_Item):
    class Meta:
        table_name = settings().customers_table
        region = settings().region

    version = NumberAttribute(null=True)
    read_at = UnicodeAttribute(null=True)
    post_window = NumberAttribute(null=True)
    posts = NumberAttribute(null=True)
    unpaid_orders = UnicodeSetAttribute(null=True)


class ListingIndex(GlobalSecondaryIndex["OperationItem"]):
    class Meta:
        index_name = "listing"
        projection = AllProjection()

    list_key = UnicodeAttribute(hash_key=True)
    list_sort = UnicodeAttribute(range_key=True)


class OperationItem(_Item):
    class Meta:
        table_name = settings().operations_table
        region = settings().region

    version = NumberAttribute(null=True)
    list_key = UnicodeAttribute(null=True)
    list_sort = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)
    order_id = UnicodeAttribute(null=True)
    expires_ms = NumberAttribute(null=True)
    revoked = BooleanAttribute(null=True)

    listing = ListingIndex()
