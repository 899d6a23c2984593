"""Stores over HTTP: where one can order, how, and whether now."""

from chalicelib.api import etags
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.catalogue_views import StorePage, StoreView, store_view
from chalicelib.domain.catalogue import Snapshot, Store, StoreState
from chalicelib.services import catalogue, payments

routes = ApiBlueprint(__name__)


@routes.get("/stores", summary="All stores", access="public", returns=StorePage)
def list_stores(request: Request[None]) -> StorePage:
    snapshot = catalogue.current_snapshot()
    return StorePage(_views(request, snapshot, list(snapshot.stores.values())))


@routes.get(
    "/stores/{store_id}",
    summary="One store: its hours, tables, ways to order and to pay",
    access="public",
    returns=StoreView,
)
def read_store(request: Request[None], store_id: str) -> Reply:
    snapshot = catalogue.current_snapshot()
    store = catalogue.store_in(snapshot, store_id)
    view = _views(request, snapshot, [store])[0]
    return Reply(view, etag=f"{etags.digest(store)}.{etags.digest(view)}")


def _views(request: Request[None], snapshot: Snapshot, stores: list[Store]) -> list[StoreView]:
    states = catalogue.states_of(store.store_id for store in stores)
    offered = payments.offered()
    return [
        store_view(
            store,
            states.get(store.store_id, StoreState(store_id=store.store_id)),
            snapshot,
            offered=offered,
            language=request.language,
            now=request.now,
        )
        for store in stores
    ]
