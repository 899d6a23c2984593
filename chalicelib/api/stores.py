"""Stores over HTTP: where one can order, how, and whether now."""

from chalicelib.api import etags
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.catalogue_views import StorePage, StoreView, store_view
from chalicelib.domain.catalogue import Store, StoreState
from chalicelib.services import catalogue, payments, storefront
from chalicelib.services.storefront import Storefront

routes = ApiBlueprint(__name__)


@routes.get("/stores", summary="All stores", access="public", returns=StorePage)
def list_stores(request: Request[None]) -> StorePage:
    return storefront.show(
        request.now,
        lambda front: StorePage(_views(request, front, list(front.snapshot.stores.values()))),
    )


@routes.get(
    "/stores/{store_id}",
    summary="One store: its hours, tables, ways to order and to pay",
    access="public",
    returns=StoreView,
)
def read_store(request: Request[None], store_id: str) -> Reply:

    def view(front: Storefront) -> Reply:
        store = catalogue.store_in(front.snapshot, store_id)
        shown = _views(request, front, [store])[0]
        return Reply(shown, etag=f"{etags.digest(store)}.{etags.digest(shown)}")

    return storefront.show(request.now, view)


def _views(request: Request[None], front: Storefront, stores: list[Store]) -> list[StoreView]:
    states = front.states_of(store.store_id for store in stores)
    offered = payments.offered()
    return [
        store_view(
            store,
            states.get(store.store_id, StoreState(store_id=store.store_id)),
            front.snapshot,
            offered=offered,
            language=request.language,
            now=request.now,
        )
        for store in stores
    ]
