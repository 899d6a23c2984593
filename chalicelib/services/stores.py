"""Running a store: its settings, and pausing it when orders cannot be served."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib import plugins
from chalicelib.domain import stores
from chalicelib.domain.catalogue import Snapshot, Store, StoreState
from chalicelib.domain.catalogue_requests import PauseRequest, StorePatch, patched_store
from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.identity import Caller
from chalicelib.services import catalogue, snapshot_requests
from chalicelib.store import catalogue as table

Check = Callable[[Store], None]


def load_store(caller: Caller, store_id: str) -> Store:
    caller.require_store(store_id)
    return catalogue.store_in(catalogue.current_snapshot(), store_id)


def list_stores(caller: Caller) -> list[Store]:
    """Those that the caller works at."""
    known = catalogue.current_snapshot().stores.values()
    return [store for store in known if caller.works_at(store.store_id)]


def change_settings(store_id: str, patch: StorePatch, caller: Caller, check: Check) -> Store:
    """`check` sees the store as it is and may refuse."""
    caller.require_store(store_id)

    def edit(snapshot: Snapshot) -> Snapshot:
        before = catalogue.store_in(snapshot, store_id)
        check(before)
        after = patched_store(before, patch)
        stores.check(after)
        _require_platform(after)
        return msgspec.structs.replace(snapshot, stores={**snapshot.stores, store_id: after})

    return catalogue.publish(edit).stores[store_id]


def _require_platform(store: Store) -> None:
    known = plugins.names("einvoices")
    if store.einvoice_provider is not None and store.einvoice_provider not in known:
        fault = FieldError("/einvoice_provider", f"One of {', '.join(known)}.")
        raise InvalidInput("There is no such tax platform.", errors=[fault])


def pause(store_id: str, request: PauseRequest, caller: Caller, now: datetime) -> StoreState:
    """Take no orders until then, or until resumed; what is placed already goes on."""
    load_store(caller, store_id)
    if request.until is not None and request.until <= now:
        fault = FieldError("/until", "A time to come.")
        raise InvalidInput("A pause ends in the future.", errors=[fault])
    return _save(StoreState(
        store_id=store_id, paused=True, reason=request.reason, until=request.until
    ))  # fmt: skip


def resume(store_id: str, caller: Caller) -> StoreState:
    load_store(caller, store_id)
    return _save(StoreState(store_id=store_id))


def _save(state: StoreState) -> StoreState:
    table.save_state(state)
    snapshot_requests.ask()
    return state
