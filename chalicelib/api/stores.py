"""Stores over HTTP: where one can order, how, and whether now."""

from typing import Annotated

import msgspec

from chalicelib.api import etags
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.catalogue_views import StorePage, StoreView, store_view
from chalicelib.domain.catalogue import Store, StoreState
from chalicelib.domain.money import Money
from chalicelib.services import catalogue, charges, payments, storefront
from chalicelib.services.charges import ShownCharge
from chalicelib.services.storefront import Storefront

routes = ApiBlueprint(__name__)


class ChargeQuery(msgspec.Struct, kw_only=True):
    amount_minor: Annotated[int, msgspec.Meta(ge=1, le=10**12)]


class ChargeList(msgspec.Struct):
    """`charges` are the amount in other currencies, each at the rate that holds now."""

    amount: Money
    charges: list[ShownCharge]


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


@routes.get(
    "/stores/{store_id}/charges",
    summary="What an amount comes to in the other currencies that the store charges in",
    access="public",
    query=ChargeQuery,
    returns=ChargeList,
)
def list_charges(request: Request[None], store_id: str) -> ChargeList:
    query: ChargeQuery = request.query

    def view(front: Storefront) -> ChargeList:
        store = catalogue.store_in(front.snapshot, store_id)
        amount = Money(query.amount_minor, store.currency)
        offered = charges.options(store, amount, request.now)
        return ChargeList(amount, [charges.shown(charge) for charge in offered])

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
