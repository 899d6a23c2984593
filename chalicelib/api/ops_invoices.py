"""A store's invoices and credit notes as staff look through them."""

from typing import Annotated

import msgspec

from chalicelib.api import cursors, invoice_views
from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.api.invoice_views import EInvoiceView, InvoiceSummary
from chalicelib.domain.invoices import Invoice
from chalicelib.domain.order_requests import Id
from chalicelib.services import einvoices, invoice_lists
from chalicelib.services.invoice_lists import Wanted

routes = ApiBlueprint(__name__)


class InvoicesQuery(msgspec.Struct, kw_only=True):
    store_id: Id
    year: Annotated[int, msgspec.Meta(ge=2000, le=2999)] | None = None
    month: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None
    q: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class StoreInvoice(InvoiceSummary, kw_only=True):
    """`corrects_number` is the number of the invoice that a credit note takes back."""

    store_id: str
    order_number: str
    corrects_number: str | None


class StoreInvoicePage(msgspec.Struct, kw_only=True):
    items: list[StoreInvoice]
    next_cursor: str | None


@routes.get(
    "/ops/invoices",
    summary="A store's invoices and credit notes of a year or month; `q` searches",
    access="staff",
    query=InvoicesQuery,
    returns=StoreInvoicePage,
)
def list_store_invoices(request: Request[None]) -> StoreInvoicePage:
    query: InvoicesQuery = request.query
    wanted = Wanted(
        store_id=query.store_id, year=query.year or request.now.year, month=query.month,
        text=query.q,
    )  # fmt: skip
    scope = f"store-invoices:{wanted.store_id}:{wanted.year}:{wanted.month}:{wanted.text}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    page = invoice_lists.list_documents(request.caller, wanted, query.limit, after)
    known = invoice_views.e_invoices(einvoices.of_documents(page.documents))
    return StoreInvoicePage(
        items=[_shown(document, known.get(document.invoice_id)) for document in page.documents],
        next_cursor=cursors.encode(page.next_place, scope) if page.next_place else None,
    )


def _shown(invoice: Invoice, e_invoice: EInvoiceView | None) -> StoreInvoice:
    return StoreInvoice(
        **msgspec.structs.asdict(invoice_views.summary(invoice, e_invoice)),
        store_id=invoice.store_id,
        order_number=invoice.order_number,
        corrects_number=invoice.corrects_number,
    )
