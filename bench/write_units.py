"""What DynamoDB would charge for writes, computed from the requests alone.

No local engine reports it rightly. A transacted item costs 2 units for each started kB, any other
write 1; an entry of a secondary index costs 1 to insert or to delete, 2 to move, and of one that
projects everything 1 to rewrite. Whether an entry moves depends on what was there: `Ledger` keeps
the items as the requests made them, so it must have seen a table from its first write on.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Item = dict[str, dict[str, Any]]
KB = 1024
_CLAUSE = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b")
_SET = re.compile(r"(#?\w+) = (:\w+)")


class Index:
    """One secondary index of a table, as its definition says."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self._keys = [key["AttributeName"] for key in definition["KeySchema"]]
        self._whole = definition["Projection"]["ProjectionType"] == "ALL"

    def units(self, before: Item | None, after: Item | None) -> int:
        old, new = self._entry(before), self._entry(after)
        if old == new and not (self._whole and new is not None and before != after):
            return 0
        size = max(started_kb(item) if item and self._whole else 1 for item in (before, after))
        if old is None or new is None or old == new:
            return size
        return 2 * size

    def _entry(self, item: Item | None) -> tuple[Any, ...] | None:
        """The entry's key; sparse: no entry where an attribute is absent."""
        if item is None or any(name not in item for name in self._keys):
            return None
        return tuple(next(iter(item[name].values())) for name in self._keys)


class Ledger:
    """Items by table and key as the requests seen so far made them."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self._indexes = {
            name: [Index(index) for index in definition.get("GlobalSecondaryIndexes", [])]
            for name, definition in tables.items()
        }
        self._items: dict[tuple[str, str, str], Item] = {}

    def charge(self, operation: str, request: Mapping[str, Any]) -> Counter[str]:
        """Units by table of a request that took effect."""
        units: Counter[str] = Counter()
        for kind, write, each_kb in _writes(operation, request):
            units[write["TableName"]] += self._charge(kind, write, each_kb)
        return units

    def _charge(self, kind: str, write: Mapping[str, Any], each_kb: int) -> int:
        table = write["TableName"]
        key = write.get("Key") or write["Item"]
        place = (table, key["PK"]["S"], key["SK"]["S"])
        before = self._items.get(place)
        if kind == "ConditionCheck":
            return each_kb * started_kb(before)
        after = _after(kind, write, before)
        if after is None:
            self._items.pop(place, None)
        else:
            self._items[place] = after
        own = each_kb * max(started_kb(before), started_kb(after))
        return own + sum(index.units(before, after) for index in self._indexes[table])


def _writes(
    operation: str, request: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], int]]:
    if operation == "TransactWriteItems":
        for entry in request["TransactItems"]:
            ((kind, write),) = entry.items()
            yield kind, write, 2
    elif operation == "BatchWriteItem":
        for table, entries in request["RequestItems"].items():
            for entry in entries:
                ((kind, write),) = entry.items()
                yield kind.removesuffix("Request"), {"TableName": table, **write}, 1
    elif operation in {"PutItem", "UpdateItem", "DeleteItem"}:
        yield operation.removesuffix("Item"), request, 1


def _after(kind: str, write: Mapping[str, Any], before: Item | None) -> Item | None:
    if kind == "Put":
        return dict(write["Item"])
    return None if kind == "Delete" else _updated(write, before)


def _updated(write: Mapping[str, Any], before: Item | None) -> Item:
    """The item after an update. Sums are left out: they change no key and hardly a size."""
    item = {**write["Key"], **(before or {})}
    names = write.get("ExpressionAttributeNames", {})
    values = write.get("ExpressionAttributeValues", {})
    parts = _CLAUSE.split(write.get("UpdateExpression", ""))
    for clause, text in zip(parts[1::2], parts[2::2], strict=True):
        if clause == "SET":
            for name, value in _SET.findall(text):
                item[names.get(name, name)] = values[value]
        elif clause == "REMOVE":
            for name in text.split(","):
                item.pop(names.get(name.strip(), name.strip()), None)
    return item


def started_kb(item: Item | None) -> int:
    """At least one: DynamoDB charges for what is absent too."""
    return max(1, math.ceil(size_bytes(item or {}) / KB))


def size_bytes(item: Item) -> int:
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return len(content) // 2 + 2
    if kind == "B":
        return len(content.rstrip("=")) * 3 // 4
    return 1
