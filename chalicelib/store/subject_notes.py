"""What each sweep has to know about functions, stores, SKUs and the like: one partition, one Query.

A note is of one kind: `beat`, `drift`, `rates`, `watch`, or one of what goes out together
(`digests.py`), each kept by its own module.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.store import client
from chalicelib.store.tables import OperationItem

_PARTITION = "subjects"

Notes = Mapping[str, Sequence[OperationItem]]


def note(kind: str, key: str, **attributes: Any) -> OperationItem:
    return OperationItem(_PARTITION, f"{kind}#{key}", **attributes)


def key_of(item: OperationItem) -> str:
    return str(item.SK).partition("#")[2]


def read() -> Notes:
    """All of them, by kind."""
    found: dict[str, list[OperationItem]] = defaultdict(list)
    with client.translating():
        for item in OperationItem.query(_PARTITION, consistent_read=True):
            found[item.SK.partition("#")[0]].append(item)
    return found
