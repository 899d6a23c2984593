"""The forms in which an invoice can be had: made once, when it is issued, and kept for ever.

What is kept is found under a name with the document's check code in it, which is of one attempt to
issue it: an attempt that came to nothing leaves papers that no document names.
"""

from functools import cache
from importlib import import_module

from chalicelib import aws, plugins
from chalicelib.config import settings
from chalicelib.domain.invoices import Invoice
from chalicelib.papers import base_check
from chalicelib.papers.base import Paper, Sheet

_WHAT = "The store of invoices"


@cache
def forms() -> dict[str, Paper]:
    """Every form by the content type that asks for it."""
    found = [plugins.load("papers", name) for name in plugins.names("papers")]
    papers = [module.PAPER for module in found if module]
    return {paper.content_type.partition(";")[0]: paper for paper in papers}


def prepare() -> None:
    """Load what drawing and keeping need, before the first document waits for it."""
    import_module("reportlab.platypus")
    aws.client("s3")


def keep(invoice: Invoice) -> None:
    """Render the document in all forms and languages and put them away."""
    for paper in forms().values():
        for language in paper.languages:
            sheet = Sheet(invoice=invoice, language=language, check_url=check_url(invoice))
            with aws.calling(_WHAT):
                aws.client("s3").put_object(
                    Bucket=settings().invoices_bucket,
                    Key=_key(invoice, paper, language),
                    Body=paper.render(sheet),
                    ContentType=paper.content_type,
                )


def keep_einvoice(document: Invoice, request_id: str, content: bytes) -> None:
    """The tax platform's own paper, as it came."""
    with aws.calling(_WHAT):
        aws.client("s3").put_object(
            Bucket=settings().invoices_bucket, Key=_einvoice_key(document, request_id),
            Body=content, ContentType="application/pdf",
        )  # fmt: skip


def read_einvoice(document: Invoice, request_id: str) -> bytes:
    with aws.calling(_WHAT):
        found = aws.client("s3").get_object(
            Bucket=settings().invoices_bucket, Key=_einvoice_key(document, request_id)
        )
        return bytes(found["Body"].read())


def read(invoice: Invoice, paper: Paper, language: str) -> bytes:
    """What was kept of it, to the byte."""
    kept = language if language in paper.languages else paper.languages[0]
    with aws.calling(_WHAT):
        found = aws.client("s3").get_object(
            Bucket=settings().invoices_bucket, Key=_key(invoice, paper, kept)
        )
        return bytes(found["Body"].read())


def check_url(invoice: Invoice) -> str:
    """Where anybody who holds the paper can see whether it is genuine."""
    base = settings().public_url.rstrip("/")
    path = f"/v1/orders/{invoice.order_id}/invoices/{invoice.invoice_id}/check"
    return f"{base}{path}?code={invoice.check_code}"


def check_page(invoice: Invoice, language: str) -> str:
    """That the document is genuine, for people."""
    return base_check.genuine(invoice, language)


def _key(invoice: Invoice, paper: Paper, language: str) -> str:
    name = f"{invoice.number}-{invoice.check_code}.{language}.{paper.suffix}"
    return f"{invoice.store_id}/{invoice.year}/{name}"


def _einvoice_key(document: Invoice, request_id: str) -> str:
    return f"{document.store_id}/{document.year}/einvoices/{request_id}.pdf"
