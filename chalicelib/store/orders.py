"""Orders in their table: an item collection each, changed by one transaction at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pynamodb.expressions.update import Action

from chalicelib.domain.clock import epoch_ms, from_epoch_ms
from chalicelib.domain.due import due_shard
from chalicelib.domain.einvoices import EInvoice
from chalicelib.domain.errors import Conflict, NotFound, Stale
from chalicelib.domain.orders import Change, Order, OrderEvent, StockMove
from chalicelib.domain.payments import Payment
from chalicelib.store import client
from chalicelib.store.client import Delete, Put, TransactionRefused, Update, Write
from chalicelib.store.order_files import (
    ORDER,
    TIMELINE_END,
    OrderFile,
    PlainItem,
    document_item,
    event_key,
    file_of,
    item_of,
    order_of,
    plain_item,
)
from chalicelib.store.tables import OperationItem, OrderItem, StockItem


class OutOfStock(Conflict):
    """`skus` are those whose stock did not suffice when the transaction ran."""

    code = "out_of_stock"

    def __init__(self, skus: Sequence[str]) -> None:
        super().__init__("There is not enough stock.")
        self.skus = tuple(skus)


class AlreadyThere(Conflict):
    """The order exists: the same key came twice."""


class PossibleDuplicate(Conflict):
    code = "possible_duplicate"


def find_order(order_id: str) -> Order | None:
    with client.translating():
        item = next(iter(OrderItem.batch_get([(order_id, ORDER)], consistent_read=True)), None)
    return order_of(item) if item else None


def load_order(order_id: str) -> Order:
    order = find_order(order_id)
    if order is None:
        raise not_found()
    return order


def find_file(order_id: str) -> OrderFile | None:
    """The read that everyone waits for, so it spends nothing on pynamodb's models."""
    query: dict[str, Any] = {
        "TableName": OrderItem.Meta.table_name,
        "KeyConditionExpression": "PK = :order AND SK < :end",
        "ExpressionAttributeValues": {":order": {"S": order_id}, ":end": {"S": TIMELINE_END}},
        "ConsistentRead": True,
    }
    items: list[PlainItem] = []
    while True:
        with client.translating():
            page = client.shared_connection().dispatch("Query", query)
        items += map(plain_item, page["Items"])
        if "LastEvaluatedKey" not in page:
            return file_of(items)
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def load_file(order_id: str) -> OrderFile:
    found = find_file(order_id)
    if found is None:
        raise not_found()
    return found


def load_orders(order_ids: Iterable[str]) -> list[Order]:
    """Those of the ids that exist, in the order asked for."""
    wanted = list(order_ids)
    with client.translating():
        items = OrderItem.batch_get([(i, ORDER) for i in wanted], consistent_read=True)
        found = {item.PK: order_of(item) for item in items}
    return [found[i] for i in wanted if i in found]


def not_found() -> NotFound:
    return NotFound("There is no such order.", code="order_not_found")


def save(change: Change, *, check_at: datetime | None, also: Sequence[Write] = ()) -> Order:
    """Write a change as one transaction and return the order as it is now.

    `check_at` is a lower bound of when a rule may have something to say; the order's earlier
    bound stays. `also` are writes of other tables that stand or fall with the change.
    Raises `AlreadyThere`, `PossibleDuplicate`, `OutOfStock`, `Stale`, or `client.
    TransactionRefused` when only one of `also` was refused (indexes relative to `also`).
    """
    order = msgspec.structs.replace(
        change.order, next_check_ms=_earlier(change.order.next_check_ms, check_at)
    )
    writes: list[Write] = [_put_order(change, order), *_guard_writes(change)]
    stock_at = len(writes)
    writes += [_stock_write(order.store_id, move) for move in change.stock]
    also_at = len(writes)
    writes += also
    writes += [_event_write(event) for event in change.events]
    writes += [_document_write(order.order_id, document) for document in change.documents]
    try:
        client.transact(writes)
    except TransactionRefused as refused:
        if change.frees_guard and [r.index for r in refused.refusals] == [1]:
            # Another order holds the guard by now: there is nothing of ours to free.
            return save(
                msgspec.structs.replace(change, frees_guard=False), check_at=check_at, also=also
            )
        _explain(change, refused, stock_at, also_at, len(also))
    return order


def _explain(
    change: Change, refused: TransactionRefused, stock_at: int, also_at: int, also: int
) -> None:
    """Raise what the refusal means; the order's own reason is read before the guard's."""
    if refused.at(0):
        if change.before is None:
            raise AlreadyThere from refused
        raise Stale("The order has changed in the meantime.") from refused
    guard = refused.at(1) if change.takes_guard else None
    if guard and guard.item:
        raise PossibleDuplicate(
            "The same order was placed a moment ago.", order_id=guard.item["order_id"]["S"]
        ) from refused
    short = [
        change.stock[r.index - stock_at].sku
        for r in refused.refusals
        if stock_at <= r.index < also_at
    ]
    if short:
        raise OutOfStock(short) from refused
    others = [
        client.Refusal(r.index - also_at, r.item)
        for r in refused.refusals
        if also_at <= r.index < also_at + also
    ]
    if others:
        raise TransactionRefused(others) from refused
    raise Stale("The order has changed in the meantime.") from refused


def _put_order(change: Change, order: Order) -> Put:
    item = item_of(order)
    if change.before is None:
        return Put(item, OrderItem.PK.does_not_exist())
    return Put(item, OrderItem.version == change.before.version)


def _earlier(present_ms: int | None, check_at: datetime | None) -> int | None:
    if check_at is None:
        return present_ms
    wanted = epoch_ms(check_at)
    return wanted if present_ms is None else min(present_ms, wanted)


def _guard_writes(change: Change) -> list[Write]:
    order = change.order
    if order.guard_key is None or not (change.takes_guard or change.frees_guard):
        return []
    guard = OperationItem(order.guard_key, "guard")
    if change.frees_guard:
        mine = OperationItem.order_id == order.order_id
        return [Delete(guard, mine | OperationItem.PK.does_not_exist())]
    guard.order_id = order.order_id
    if order.guard_expires_at is None:
        return []
    guard.expires_ms = epoch_ms(order.guard_expires_at)
    guard.ttl = guard.expires_ms // 1000 + 3600
    if order.duplicate_meant:
        return [Put(guard)]
    free = OperationItem.PK.does_not_exist() | (
        OperationItem.expires_ms < epoch_ms(order.placed_at)
    )
    return [Put(guard, free)]


def stock_key(sku: str) -> str:
    return f"level#{sku}"


def _stock_write(store_id: str, move: StockMove) -> Update:
    item = StockItem(store_id, stock_key(move.sku))
    n = move.quantity
    if move.kind == "reserve":
        actions = [StockItem.available.add(-n), StockItem.reserved.add(n)]
        enough = (StockItem.available >= n) & StockItem.shortfall.does_not_exist()
        return Update(item, actions, enough)
    if move.kind == "release":
        actions = [StockItem.reserved.add(-n), StockItem.available.add(n)]
    else:
        actions = [StockItem.reserved.add(-n), StockItem.sold.add(n)]
    return Update(item, actions, StockItem.reserved >= n)


def replace_payment(before: Payment, after: Payment) -> Payment:
    """Store what the provider answered, unless the payment moved on: then that is returned."""
    item = OrderItem(before.order_id, f"payment#{before.payment_id}", data=after)
    try:
        with client.translating():
            item.save(OrderItem.data == msgspec.json.encode(before).decode())
    except client.ConditionFailed:
        return load_file(before.order_id).payment(before.payment_id) or after
    return after


def replace_einvoice(before: EInvoice, after: EInvoice) -> bool:
    """Store that it is still open, unless somebody was faster; nothing of the order changes."""
    item = document_item(before.order_id, after)
    try:
        with client.translating():
            item.save(OrderItem.data == msgspec.json.encode(before).decode())
    except client.ConditionFailed:
        return False
    return True


def _event_write(event: OrderEvent) -> Put:
    item = OrderItem(event.order_id, event_key(event.version), data=event)
    return Put(item, OrderItem.PK.does_not_exist())


def _document_write(order_id: str, document: Any) -> Put:
    return Put(document_item(order_id, document))


def redate(order: Order, check_at: datetime | None) -> bool:
    """Move the order in the sweep's index (None: out of it) if it is still at this version."""
    item = OrderItem(order.order_id, ORDER)
    actions: list[Action]
    if check_at is None:
        actions = [OrderItem.next_check_at.remove(), OrderItem.due_shard.remove()]
    else:
        actions = [
            OrderItem.next_check_at.set(epoch_ms(check_at)),
            OrderItem.due_shard.set(due_shard(order.order_id)),
        ]
    try:
        with client.translating():
            item.update(actions=actions, condition=OrderItem.version == order.version)
    except client.ConditionFailed:
        return False
    return True


def next_check(order: Order) -> datetime | None:
    return None if order.next_check_ms is None else from_epoch_ms(order.next_check_ms)
