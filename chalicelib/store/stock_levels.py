"""Stock levels and their movements in the table: each movement is one transaction with its row."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from pynamodb.expressions.condition import Condition

from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import Conflict, Stale
from chalicelib.domain.stock import BOOKED, Movement, StockLevel
from chalicelib.store import client, sweep
from chalicelib.store.client import Check, Put, TransactionRefused, Update, Write
from chalicelib.store.tables import StockItem

_LEVEL = "level#"
_MOVEMENT = "movement#"
_RECEIPT = "receipt"
_SCANNED_MAX = 1000
_PAGE = 100


class AlreadyMoved(Conflict):
    """The request was carried out before: the same key came twice."""


class Receipt(msgspec.Struct, frozen=True):
    """Of a request with a key: which movement it made, and a digest of what it asked for."""

    store_id: str
    movement_key: str
    fingerprint: str


class Step(msgspec.Struct, frozen=True):
    """A movement and the level that it starts from, None when there was no level."""

    before: StockLevel | None
    movement: Movement


def level_key(sku: str) -> str:
    return _LEVEL + sku


def level_in(item: StockItem) -> StockLevel:
    booked = {name: int(getattr(item, name) or 0) for name in BOOKED}
    return StockLevel(store_id=item.PK, sku=item.SK.removeprefix(_LEVEL), **booked)


def find_levels(store_id: str, skus: Iterable[str]) -> dict[str, StockLevel]:
    """The levels that exist, by SKU."""
    keys = [(store_id, level_key(sku)) for sku in dict.fromkeys(skus)]
    with client.translating():
        items = list(StockItem.batch_get(keys, consistent_read=True)) if keys else []
    return {level.sku: level for level in map(level_in, items)}


def list_levels(store_id: str) -> Iterator[StockLevel]:
    """Every level of a store."""
    with client.translating():
        for item in StockItem.query(store_id, StockItem.SK.startswith(_LEVEL)):
            yield level_in(item)


def save(steps: Sequence[Step], receipt: tuple[str, str] | None = None) -> None:
    """Write movements with their levels as one transaction, and have the sweep look at the SKUs.

    `receipt` is the request's id and fingerprint. Raises `AlreadyMoved` when that id was used,
    `Stale` when a level is no longer as it was.
    """
    writes: list[Write] = []
    if receipt:
        first = steps[0].movement
        kept = Receipt(first.store_id, _movement_key(first), receipt[1])
        item = StockItem(receipt[0], _RECEIPT, data=kept)
        writes.append(Put(item, StockItem.PK.does_not_exist()))
    for step in steps:
        row = StockItem(step.movement.store_id, _movement_key(step.movement), data=step.movement)
        writes += [_level_write(step), Put(row, StockItem.PK.does_not_exist())]
        # Orders bring their SKUs to the sweep themselves; movements have to say so.
        writes.append(sweep.watch(step.movement.store_id, step.movement.sku, step.movement.at))
    try:
        client.transact(writes)
    except TransactionRefused as refused:
        if receipt and refused.at(0):
            raise AlreadyMoved from refused
        raise Stale("The stock changed meanwhile.") from refused


def find_receipt(request_id: str) -> Receipt | None:
    item = _find(request_id, _RECEIPT)
    return msgspec.json.decode(item.data, type=Receipt) if item else None


def load_movement(receipt: Receipt) -> Movement:
    item = _find(receipt.store_id, receipt.movement_key)
    if item is None:
        raise Stale("The movement is not there.")
    return _movement_in(item)


def list_movements(
    store_id: str, *, sku: str | None, after: str | None, limit: int
) -> tuple[list[Movement], str | None]:
    """The newest first, from after the key `after`; and the key to go on from."""
    found: list[Movement] = []
    last = None
    with client.translating():
        rows = StockItem.query(
            store_id,
            StockItem.SK.between(_MOVEMENT, after or _MOVEMENT + "~"),
            scan_index_forward=False,
            consistent_read=True,
            page_size=_PAGE,
        )
        for seen, item in enumerate(rows):
            if len(found) == limit or seen == _SCANNED_MAX:
                return found, last
            last = item.SK
            movement = _movement_in(item)
            if last != after and sku in {None, movement.sku}:
                found.append(movement)
    return found, None


def every_movement(store_id: str) -> Iterator[Movement]:
    with client.translating():
        for item in StockItem.query(store_id, StockItem.SK.startswith(_MOVEMENT)):
            yield _movement_in(item)


def _find(store_id: str, key: str) -> StockItem | None:
    with client.translating():
        return next(iter(StockItem.batch_get([(store_id, key)], consistent_read=True)), None)


def _movement_in(item: StockItem) -> Movement:
    return msgspec.json.decode(item.data, type=Movement)


def _movement_key(movement: Movement) -> str:
    return f"{_MOVEMENT}{rfc3339(movement.at)}#{movement.movement_id}"


def _level_write(step: Step) -> Write:
    after = step.movement.level
    item = StockItem(after.store_id, level_key(after.sku))
    if step.before is None:
        for name in BOOKED:
            setattr(item, name, _stored(after, name))
        return Put(item, StockItem.PK.does_not_exist())
    if not step.movement.changes:
        return Check(item, _unchanged(step.before))
    actions = [_set(name, _stored(after, name)) for name in step.movement.changes]
    return Update(item, actions, _unchanged(step.before))


def _set(name: str, value: int | None) -> Any:
    attribute = getattr(StockItem, name)
    return attribute.remove() if value is None else attribute.set(value)


def _stored(level: StockLevel, name: str) -> int | None:
    """A shortfall is there only while there is one: orders look for its absence."""
    value: int = getattr(level, name)
    return None if name == "shortfall" and value == 0 else value


def _unchanged(level: StockLevel) -> Condition:
    condition = StockItem.PK.exists()
    for name in BOOKED:
        attribute, value = getattr(StockItem, name), getattr(level, name)
        same = attribute == value
        condition &= same if value else (same | attribute.does_not_exist())
    return condition
