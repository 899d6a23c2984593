"""Products over HTTP: browse, search, scan, and one by its SKU."""

from typing import Annotated

import msgspec

from chalicelib.api import cursors, etags
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.catalogue_views import ProductPage, ProductView, product_view
from chalicelib.services import catalogue, shelves
from chalicelib.services.shelves import Wanted

routes = ApiBlueprint(__name__)
Word = Annotated[str, msgspec.Meta(max_length=100)]


class ProductsQuery(msgspec.Struct, kw_only=True):
    store_id: Word
    q: Word | None = None
    barcode: Word | None = None
    category: Word | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class ProductQuery(msgspec.Struct, kw_only=True):
    store_id: Word


@routes.get(
    "/products",
    summary="What a store sells, with live price and stock; `q` searches",
    access="public",
    query=ProductsQuery,
    returns=ProductPage,
)
def list_products(request: Request[None]) -> ProductPage:
    query: ProductsQuery = request.query
    wanted = Wanted(q=query.q, barcode=query.barcode, category=query.category)
    scope = f"products:{query.store_id}:{etags.digest(wanted)}"
    start = cursors.decode(query.cursor, scope) if query.cursor else 0
    snapshot = catalogue.current_snapshot()
    found = shelves.find_products(snapshot, query.store_id, wanted)
    on_sale = [product for product in found if product.active]
    page, following = shelves.page_of(on_sale, start, query.limit)
    return ProductPage(
        items=[
            product_view(stocked, snapshot, query.store_id, request.language)
            for stocked in shelves.stocked(query.store_id, page)
        ],
        next_cursor=None if following is None else cursors.encode(following, scope),
    )


@routes.get(
    "/products/{sku}",
    summary="One product with live price and stock",
    access="public",
    query=ProductQuery,
    returns=ProductView,
)
def read_product(request: Request[None], sku: str) -> Reply:
    query: ProductQuery = request.query
    snapshot = catalogue.current_snapshot()
    product = catalogue.product_in(snapshot, query.store_id, sku)
    stocked = shelves.stocked(query.store_id, [product])[0]
    view = product_view(stocked, snapshot, query.store_id, request.language)
    return Reply(view, etag=f"{etags.digest(product)}.{etags.digest(view)}")
