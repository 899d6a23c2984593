"""Invoices over HTTP: read in any form, checked by whoever holds the paper, listed."""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from chalice.app import Response

from chalicelib.api import accept, cursors, etags, invoice_views
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.invoice_views import EInvoiceView, InvoiceCheck, InvoiceView
from chalicelib.api.order_views import OrderView
from chalicelib.api.orders import shown
from chalicelib.domain.errors import NotAllowed
from chalicelib.domain.invoice_details import InvoiceDetails
from chalicelib.services import einvoices, invoice_mail, invoices, papers
from chalicelib.store.invoices import InvoiceEntry

JSON, PDF = "application/json", "application/pdf"
# A page of ours that holds nothing but a document: no script may ever run in it.
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"

routes = ApiBlueprint(__name__)


class ListQuery(msgspec.Struct, kw_only=True):
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class CheckQuery(msgspec.Struct, kw_only=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class Mailed(msgspec.Struct, kw_only=True):
    """`sent_before` within the last minute: one mail is enough."""

    outcome: Literal["sent", "sent_before"]


class ListedInvoice(InvoiceEntry, frozen=True, kw_only=True):
    e_invoice: EInvoiceView | None = None


class InvoicePage(msgspec.Struct, kw_only=True):
    items: list[ListedInvoice]
    next_cursor: str | None


@routes.post(
    "/orders/{order_id}/invoices",
    summary="Have the invoice made out to a title and tax id, now or once the order is paid",
    access="guest",
    body=InvoiceDetails,
    returns=OrderView,
    status=202,
)
def request_invoice(request: Request[InvoiceDetails], order_id: str) -> Reply:
    file = invoices.ask_for(order_id, request.body, request.caller, request.now)
    return shown(file, request.language)


@routes.get(
    "/orders/{order_id}/invoices/{invoice_id}",
    summary="One invoice or credit note as JSON, PDF, XML (EN 16931) or a page to print",
    access="guest",
    returns=InvoiceView,
)
def read_invoice(request: Request[None], order_id: str, invoice_id: str) -> Reply | Response:
    forms = papers.forms()
    wanted = accept.choose(request.headers.get("accept"), _offers(request, forms))
    invoice = invoices.load_invoice(request.caller, order_id, invoice_id)
    if wanted == JSON:
        view = invoice_views.whole(invoice, request.language, papers.check_url(invoice))
        return Reply(view, etag=etags.digest(view), headers={"Vary": "Accept, Accept-Language"})
    paper = forms[wanted]
    content = papers.read(invoice, paper, request.language)
    is_text = wanted != PDF
    return Response(
        body=content.decode() if is_text else content,
        headers=_headers(invoice.number, paper.content_type, paper.suffix, request.language),
    )


def _offers(request: Request[None], forms: Iterable[str]) -> tuple[str, ...]:
    """API Gateway hands bytes out only to whoever names their type first."""
    first = (request.headers.get("accept") or "").partition(",")[0].partition(";")[0].strip()
    return (JSON, *(form for form in forms if form != PDF or first.lower() == PDF))


def _headers(
    number: str, content_type: str, suffix: str, language: str
) -> dict[str, str | list[str]]:
    return {
        "Content-Type": content_type,
        "Content-Disposition": f'inline; filename="{number}.{suffix}"',
        "Content-Language": language,
        "Content-Security-Policy": PAGE_POLICY,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Accept-Language",
        "X-Content-Type-Options": "nosniff",
    }


@routes.get(
    "/orders/{order_id}/invoices/{invoice_id}/e-invoice",
    summary="The digital e-invoice (China) of a document, as JSON or as the tax platform's PDF",
    access="guest",
    returns=EInvoiceView,
)
def read_einvoice(request: Request[None], order_id: str, invoice_id: str) -> Reply | Response:
    wanted = accept.choose(request.headers.get("accept"), _offers(request, (PDF,)))
    document, einvoice = einvoices.load_einvoice(request.caller, order_id, invoice_id)
    if wanted == JSON:
        return Reply(invoice_views.e_invoice(einvoice), headers={"Vary": "Accept"})
    return Response(
        body=einvoices.read_paper(document, einvoice),
        headers=_headers(f"{document.number}-e-invoice", PDF, "pdf", "zh-CN"),
    )


@routes.get(
    "/orders/{order_id}/invoices/{invoice_id}/check",
    summary="Is the paper that I hold genuine? Its code is printed on it and in its QR code",
    access="public",
    query=CheckQuery,
    returns=InvoiceCheck,
)
def check_invoice(request: Request[None], order_id: str, invoice_id: str) -> Reply | Response:
    wanted = accept.choose(request.headers.get("accept"), (JSON, "text/html"))
    invoice = invoices.check(order_id, invoice_id, request.query.code)
    view = invoice_views.check(invoice, request.language)
    if wanted == JSON:
        return Reply(view, headers={"Vary": "Accept, Accept-Language"})
    content_type = "text/html; charset=utf-8"
    return Response(
        body=papers.check_page(invoice, request.language),
        headers=_headers(invoice.number, content_type, "html", request.language),
    )


@routes.post(
    "/orders/{order_id}/invoices/{invoice_id}/send",
    summary="Mail the invoice once more, to the order's own address",
    access="guest",
    returns=Mailed,
)
def send_invoice(request: Request[None], order_id: str, invoice_id: str) -> Mailed:
    return Mailed(outcome=invoice_mail.send(request.caller, order_id, invoice_id, request.now))


@routes.get(
    "/me/invoices",
    summary="Your invoices and credit notes, newest first",
    query=ListQuery,
    returns=InvoicePage,
)
def list_invoices(request: Request[None]) -> InvoicePage:
    customer_id = request.caller.customer_id
    if customer_id is None:
        raise NotAllowed("An API key has no account of its own.")
    query: ListQuery = request.query
    scope = f"invoices:{customer_id}"
    before = cursors.decode(query.cursor, scope) if query.cursor else None
    page = invoices.list_invoices(customer_id, query.limit, before)
    known = invoice_views.e_invoices(einvoices.of_documents(page.entries))
    return InvoicePage(
        items=[
            ListedInvoice(**msgspec.structs.asdict(entry), e_invoice=known.get(entry.invoice_id))
            for entry in page.entries
        ],
        next_cursor=cursors.encode(page.next_place, scope) if page.next_place else None,
    )
