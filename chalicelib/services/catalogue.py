"""The catalogue in memory: one snapshot an environment, replaced when its version moved on."""

from collections.abc import Callable, Iterable

from chalicelib.domain.catalogue import Product, Snapshot, Store, StoreState
from chalicelib.domain.errors import NotFound, Stale
from chalicelib.domain.orders import Order
from chalicelib.services import snapshot_requests
from chalicelib.store import catalogue as table

ATTEMPTS_MAX = 4


class _Memory:
    snapshot: Snapshot = table.EMPTY


def current_snapshot(version: int | None = None) -> Snapshot:
    """The snapshot of `version`, which the caller read with its own batch; else the newest."""
    wanted = table.find_version() if version is None else version
    if _Memory.snapshot.version != wanted:
        _Memory.snapshot = table.load_snapshot(wanted)
    return _Memory.snapshot


def snapshot_at_hand() -> Snapshot:
    """What this environment saw last, for whoever checks the version beside its own read."""
    return _Memory.snapshot


def forget() -> None:
    """Drop what is in memory: for a process that changes its tables."""
    _Memory.snapshot = table.EMPTY


def publish(edit: Callable[[Snapshot], Snapshot]) -> Snapshot:
    """Apply an edit to the newest snapshot and make the result the newest, whoever else does."""
    published = _published(edit)
    snapshot_requests.ask()
    return published


def _published(edit: Callable[[Snapshot], Snapshot]) -> Snapshot:
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return table.publish(edit(current_snapshot()))
        except Stale:
            continue
    return table.publish(edit(current_snapshot()))


def states_of(store_ids: Iterable[str]) -> dict[str, StoreState]:
    """What staff change by the minute, read fresh; a store that never had any is absent."""
    return table.find_states(store_ids)


def store_in(snapshot: Snapshot, store_id: str) -> Store:
    if store := snapshot.stores.get(store_id):
        return store
    raise NotFound("There is no such store.", code="store_not_found")


def store_of(order: Order) -> Store:
    """The settings, as they are now, of the store that an order is for."""
    return store_in(current_snapshot(), order.store_id)


def product_in(snapshot: Snapshot, store_id: str, sku: str) -> Product:
    """What is on sale there under that SKU."""
    store_in(snapshot, store_id)
    product = snapshot.products.get(store_id, {}).get(sku)
    if product is None or not product.active:
        raise NotFound("That product is not sold here.", code="product_not_found")
    return product
