"""Products as staff list and change them."""

from collections.abc import Callable
from typing import Any

import msgspec

from chalicelib.api import cursors, etags
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.catalogue import ProductQuery, ProductsQuery
from chalicelib.domain.catalogue import BundlePart, Option, Product
from chalicelib.domain.catalogue_requests import NewProduct, ProductPatch
from chalicelib.domain.money import Money
from chalicelib.domain.text import Text
from chalicelib.services import assortment, catalogue, shelves
from chalicelib.services.shelves import Wanted

routes = ApiBlueprint(__name__)


class ProductDefinition(msgspec.Struct, kw_only=True):
    """A product with its texts in all languages, on sale or not."""

    store_id: str
    product_id: str
    sku: str
    barcode: str | None
    name: Text
    description: Text
    category: str
    images: tuple[str, ...]
    price: Money
    options: tuple[Option, ...]
    bundle_of: tuple[BundlePart, ...] | None
    substitutes: tuple[str, ...]
    active: bool


class ProductDefinitions(msgspec.Struct):
    items: list[ProductDefinition]
    next_cursor: str | None


@routes.get(
    "/ops/products",
    summary="All products of a store, those off sale included",
    access="staff",
    query=ProductsQuery,
    returns=ProductDefinitions,
)
def list_definitions(request: Request[None]) -> ProductDefinitions:
    query: ProductsQuery = request.query
    request.caller.require_store(query.store_id)
    wanted = Wanted(q=query.q, barcode=query.barcode, category=query.category)
    scope = f"ops-products:{request.caller.id}:{query.store_id}:{etags.digest(wanted)}"
    start = cursors.decode(query.cursor, scope) if query.cursor else 0
    found = shelves.find_products(catalogue.current_snapshot(), query.store_id, wanted)
    page, following = shelves.page_of(found, start, query.limit)
    return ProductDefinitions(
        items=[_definition(query.store_id, product) for product in page],
        next_cursor=None if following is None else cursors.encode(following, scope),
    )


@routes.get(
    "/ops/products/{sku}",
    summary="One product with its texts in all languages",
    access="staff",
    query=ProductQuery,
    returns=ProductDefinition,
)
def read_definition(request: Request[None], sku: str) -> Reply:
    store_id = request.query.store_id
    return _shown(store_id, assortment.load_product(request.caller, store_id, sku))


@routes.post(
    "/ops/products",
    once=False,
    summary="Put a product on the list",
    roles=("manager",),
    body=NewProduct,
    returns=ProductDefinition,
    status=201,
)
def add_product(request: Request[NewProduct]) -> Reply:
    store_id = request.body.store_id
    has_key = request.idempotency_key is not None
    listed = assortment.add_product(request.body, request.caller, has_key=has_key)
    headers = {"Location": f"/v1/ops/products/{listed.product.sku}?store_id={store_id}"}
    if listed.replayed:
        headers["Idempotent-Replayed"] = "true"
    return _shown(store_id, listed.product, headers)


@routes.patch(
    "/ops/products/{sku}",
    summary="Change a product; what is absent stays as it is",
    roles=("manager",),
    query=ProductQuery,
    body=ProductPatch,
    returns=ProductDefinition,
)
def change_product(request: Request[ProductPatch], sku: str) -> Reply:
    store_id = request.query.store_id
    changed = assortment.change_product(
        store_id, sku, request.body, request.caller, _check(request, required=True)
    )
    return _shown(store_id, changed)


@routes.delete(
    "/ops/products/{sku}",
    summary="Remove a product of which nothing is left",
    roles=("manager",),
    query=ProductQuery,
    status=204,
)
def remove_product(request: Request[None], sku: str) -> Reply:
    check = _check(request, required=False)
    assortment.remove_product(request.query.store_id, sku, request.caller, check)
    return Reply(status=204)


def _check(request: Request[Any], *, required: bool) -> Callable[[Product], None]:
    def check(product: Product) -> None:
        asked = msgspec.to_builtins(request.body) or ("price", "active")
        request.trail.before = {name: getattr(product, name) for name in asked}
        if required or request.if_match is not None:
            etags.require_match(request.headers, etags.digest(product))

    return check


def _shown(store_id: str, product: Product, headers: dict[str, str] | None = None) -> Reply:
    return Reply(_definition(store_id, product), etag=etags.digest(product), headers=headers or {})


def _definition(store_id: str, product: Product) -> ProductDefinition:
    fields = msgspec.structs.asdict(product)
    del fields["keywords"]
    return ProductDefinition(store_id=store_id, **fields)
