"""The catalogue at rest: immutable snapshots in chunks, a pointer to the newest, store states.

A version's chunks are written before the pointer moves to it, so whoever reads the pointer finds
them. A publisher claims its version number with the first chunk and moves the pointer only from
the version it had read: of two at once, one is told to begin again.
"""

import gzip
from collections.abc import Iterable

import msgspec
from pynamodb.expressions.condition import Condition

from chalicelib.domain.catalogue import Snapshot, StoreState
from chalicelib.domain.errors import Stale, Unavailable
from chalicelib.store.client import ConditionFailed, brief_connection, translating
from chalicelib.store.tables import CatalogueItem

POINTER = ("catalogue", "version")
STATE = "state"
CHUNK_BYTES = 300_000
VERSIONS_KEPT = 5
CLAIMS_MAX = 20
EMPTY = Snapshot(version=0, stores={}, products={})


class Pointer(msgspec.Struct, frozen=True):
    version: int


def find_version() -> int:
    """The newest version, 0 before the first publication."""
    with translating():
        return version_in(
            next(iter(CatalogueItem.batch_get([POINTER], consistent_read=True)), None)
        )


def require_answer() -> None:
    """Raises `TablesDown` within 2 s when nobody answers there."""
    key = {"PK": {"S": POINTER[0]}, "SK": {"S": POINTER[1]}}
    wanted = {CatalogueItem.Meta.table_name: {"Keys": [key], "ConsistentRead": True}}
    with translating():
        brief_connection().dispatch("BatchGetItem", {"RequestItems": wanted})


def version_in(pointer: CatalogueItem | None) -> int:
    """Out of the pointer item, as any batch read brings it."""
    return msgspec.json.decode(pointer.data, type=Pointer).version if pointer else 0


def load_snapshot(version: int) -> Snapshot:
    """Raises `Unavailable` when it was cleared away: the pointer has moved on since."""
    if version == 0:
        return EMPTY
    with translating():
        packed = b"".join(
            item.chunk or b"" for item in CatalogueItem.query(_key(version), consistent_read=True)
        )
    if not packed:
        raise Unavailable(f"Version {version} of the catalogue is gone.")
    return msgspec.json.decode(gzip.decompress(packed), type=Snapshot)


def publish(snapshot: Snapshot) -> Snapshot:
    """Make it the newest, in place of its own `version`. Raises `Stale` if that is no longer it."""
    old = snapshot.version
    published = _claim(snapshot)
    expected = CatalogueItem.data == Pointer(old) if old else CatalogueItem.PK.does_not_exist()
    if not _put(_pointer(published.version), expected):
        _clear([published.version])
        raise Stale("The catalogue was changed meanwhile.")
    _clear(range(max(1, old - 2 * VERSIONS_KEPT), published.version - VERSIONS_KEPT + 1))
    return published


def find_states(store_ids: Iterable[str]) -> dict[str, StoreState]:
    """The state of each store that has ever had one."""
    keys = [(store_id, STATE) for store_id in store_ids]
    with translating():
        items = list(CatalogueItem.batch_get(keys, consistent_read=True)) if keys else []
    return {item.PK: state_in(item) for item in items}


def state_in(item: CatalogueItem) -> StoreState:
    return msgspec.json.decode(item.data, type=StoreState)


def save_state(state: StoreState) -> None:
    with translating():
        CatalogueItem(state.store_id, STATE, data=state).save()


def _claim(snapshot: Snapshot) -> Snapshot:
    """Write the chunks under the first free number after the snapshot's own."""
    for version in range(snapshot.version + 1, snapshot.version + 1 + CLAIMS_MAX):
        numbered = msgspec.structs.replace(snapshot, version=version)
        first, *others = _chunks(numbered)
        if _put(first, CatalogueItem.PK.does_not_exist()):
            with translating(), CatalogueItem.batch_write() as batch:
                for chunk in others:
                    batch.save(chunk)
            return numbered
    raise Stale("Too many changes of the catalogue at once.")


def _chunks(snapshot: Snapshot) -> list[CatalogueItem]:
    packed = gzip.compress(msgspec.json.encode(snapshot), mtime=0)
    parts = range(0, len(packed), CHUNK_BYTES)
    return [
        CatalogueItem(_key(snapshot.version), f"chunk#{i:03d}", chunk=packed[at : at + CHUNK_BYTES])
        for i, at in enumerate(parts)
    ]


def _pointer(version: int) -> CatalogueItem:
    return CatalogueItem(*POINTER, data=Pointer(version))


def _put(item: CatalogueItem, condition: Condition) -> bool:
    """Whether the condition held."""
    try:
        with translating():
            item.save(condition)
    except ConditionFailed:
        return False
    return True


def _clear(versions: Iterable[int]) -> None:
    with translating(), CatalogueItem.batch_write() as batch:
        for version in versions:
            for item in CatalogueItem.query(_key(version), attributes_to_get=["PK", "SK"]):
                batch.delete(item)


def _key(version: int) -> str:
    return f"snapshot#{version}"
