"""Stock as staff see and move it, one by one or by a file."""

from typing import Annotated

import msgspec

from chalicelib.api import cursors, parsing
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain import stock_csv
from chalicelib.domain.errors import Malformed
from chalicelib.domain.stock import BOOKED, Movement, MovementRequest
from chalicelib.domain.text import localized
from chalicelib.services import stock, stock_files, stock_lists
from chalicelib.services.shelves import Wanted
from chalicelib.services.stock_files import Imported
from chalicelib.services.stock_lists import StockRow

routes = ApiBlueprint(__name__)
Word = Annotated[str, msgspec.Meta(max_length=100)]
StoreId = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]
CSV = "text/csv"


class StockQuery(msgspec.Struct, kw_only=True):
    store_id: StoreId | None = None
    q: Word | None = None
    barcode: Word | None = None
    cursor: str | None = None
    limit: Limit = 50


class StoreQuery(msgspec.Struct, kw_only=True):
    store_id: StoreId


class MovementsQuery(msgspec.Struct, kw_only=True):
    store_id: StoreId
    sku: Word | None = None
    cursor: str | None = None
    limit: Limit = 50


class StockView(msgspec.Struct, kw_only=True):
    """`on_hand` is what should be there; `shortfall` reserved units that a count did not find."""

    store_id: str
    sku: str
    name: str
    barcode: str | None
    category: str
    active: bool
    available: int
    reserved: int
    sold: int
    received: int
    written_off: int
    shortfall: int
    on_hand: int


class StockPage(msgspec.Struct):
    items: list[StockView]
    next_cursor: str | None


class MovementPage(msgspec.Struct):
    items: list[Movement]
    next_cursor: str | None


class CsvRows(msgspec.Struct):
    rows: list[MovementRequest]


@routes.get(
    "/ops/stock",
    summary="Stock of one's stores; `q` searches",
    access="staff",
    query=StockQuery,
    returns=StockPage,
)
def list_stock(request: Request[None]) -> StockPage:
    query: StockQuery = request.query
    wanted = Wanted(q=query.q, barcode=query.barcode)
    scope = f"stock:{request.caller.id}:{query.store_id}:{query.q}:{query.barcode}"
    start = cursors.decode(query.cursor, scope) if query.cursor else 0
    page = stock_lists.list_stock(
        request.caller, query.store_id, wanted, start=start, limit=query.limit
    )
    following = page.next_start
    return StockPage(
        items=[_view(row, request.language) for row in page.rows],
        next_cursor=None if following is None else cursors.encode(following, scope),
    )


@routes.post(
    "/ops/stock/movements",
    once=False,
    summary="Receive, adjust, count, write off or transfer units of a product",
    roles=("manager",),
    body=MovementRequest,
    returns=Movement,
    status=201,
)
def move_stock(request: Request[MovementRequest]) -> Reply:
    moved = stock.move(request.body, request.caller, request.idempotency_key, request.now)
    headers = {"Idempotent-Replayed": "true"} if moved.replayed else {}
    return Reply(moved.movement, headers=headers)


@routes.get(
    "/ops/stock/movements",
    summary="A store's stock movements, newest first",
    access="staff",
    query=MovementsQuery,
    returns=MovementPage,
)
def list_movements(request: Request[None]) -> MovementPage:
    query: MovementsQuery = request.query
    scope = f"movements:{request.caller.id}:{query.store_id}:{query.sku}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    found, following = stock.list_movements(
        request.caller, query.store_id, sku=query.sku, after=after, limit=query.limit
    )
    return MovementPage(
        items=found, next_cursor=cursors.encode(following, scope) if following else None
    )


@routes.get(
    "/ops/stock/export",
    summary="A store's stock as a CSV file",
    access="staff",
    query=StoreQuery,
)
def export_stock(request: Request[None]) -> Reply:
    store_id = request.query.store_id
    rows = stock_lists.whole_stock(request.caller, store_id)
    sheet = stock_csv.written(
        (row.product.sku, row.product.barcode, row.product.name,
         {name: getattr(row.level, name) for name in BOOKED})
        for row in rows
    )  # fmt: skip
    headers = {
        "Content-Type": f"{CSV}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="stock-{store_id}.csv"',
    }
    return Reply(sheet, headers=headers)


@routes.post(
    "/ops/stock/import",
    once=False,
    summary="Carry out the movements of a CSV file (`sku,quantity`, and `kind`, `reason`)",
    roles=("manager",),
    query=StoreQuery,
    body=bytes,
    returns=Imported,
)
def import_stock(request: Request[bytes]) -> Imported:
    store_id = request.query.store_id
    request.caller.require_store(store_id)
    if not request.headers.get("content-type", "").lower().startswith(CSV):
        raise Malformed("Send text/csv in UTF-8.", code="unsupported_media_type")
    if len(request.raw_body) > parsing.BODY_BYTES_MAX:
        raise Malformed("At most 256 kB are read.", code="body_too_large")
    rows = parsing.convert({"rows": stock_csv.read(request.raw_body, store_id)}, CsvRows).rows
    return stock_files.import_movements(rows, request.caller, request.idempotency_key, request.now)


def _view(row: StockRow, language: str) -> StockView:
    product, level = row.product, row.level
    return StockView(
        name=localized(product.name, language),
        barcode=product.barcode,
        category=product.category,
        active=product.active,
        on_hand=level.on_hand,
        **msgspec.structs.asdict(level),
    )
