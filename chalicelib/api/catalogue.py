"""Products over HTTP: browse, search, scan, and one by its SKU."""

from typing import Annotated

import msgspec

from chalicelib.api import cursors, etags
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.catalogue_views import ProductPage, ProductView, product_view
from chalicelib.services import catalogue, shelves, storefront
from chalicelib.services.shelves import Wanted
from chalicelib.services.storefront import Storefront

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
    return storefront.show(request.now, lambda front: _page(front, query, scope, start, request))


def _page(
    front: Storefront, query: ProductsQuery, scope: str, start: int, request: Request[None]
) -> ProductPage:
    wanted = Wanted(q=query.q, barcode=query.barcode, category=query.category)
    found = shelves.find_products(front.snapshot, query.store_id, wanted)
    on_sale = [product for product in found if product.active]
    page, following = shelves.page_of(on_sale, start, query.limit)
    return ProductPage(
        items=[
            product_view(stocked, front.snapshot, query.store_id, request.language)
            for stocked in front.stocked(query.store_id, page)
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

    def view(front: Storefront) -> Reply:
        product = catalogue.product_in(front.snapshot, query.store_id, sku)
        stocked = front.stocked(query.store_id, [product])[0]
        shown = product_view(stocked, front.snapshot, query.store_id, request.language)
        return Reply(shown, etag=f"{etags.digest(product)}.{etags.digest(shown)}")

    return storefront.show(request.now, view)
