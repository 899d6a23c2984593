"""Digital e-invoices: asked for at the store's tax platform, looked up until there is an end.

All of it happens after the order's own invoice was issued, in the issuer's function: neither an
order nor a payment nor an invoice ever waits for a tax platform.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from chalicelib import plugins
from chalicelib.domain import einvoices as domain
from chalicelib.domain.catalogue import Store
from chalicelib.domain.einvoice_requests import request_of
from chalicelib.domain.einvoices import EInvoice, State, Word
from chalicelib.domain.errors import Conflict, DocketError, NotFound, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.invoices import Invoice
from chalicelib.domain.orders import Change, OrderEvent
from chalicelib.einvoices.base import EInvoiceProvider, Secrets
from chalicelib.observability import count, logger
from chalicelib.services import catalogue, event_queues, orders, papers
from chalicelib.services import secrets as stage_secrets
from chalicelib.services.races import looking_again
from chalicelib.store import invoices as invoice_table
from chalicelib.store import orders as table
from chalicelib.store.invoices import InvoiceEntry
from chalicelib.store.order_files import OrderFile

_SILENT_FOR = timedelta(seconds=30)
# So long one run of the function drives e-invoices; what is left comes with the next sweep.
_BUDGET = timedelta(seconds=15)
# Sent by the sweep about a document, or by staff about a rejected one.
_ABOUT_THEM = frozenset({"invoice.issued", "einvoice.requested"})


class _Silent:
    """Platforms that did not answer this process a moment ago: others wait for none of them."""

    until: ClassVar[dict[str, datetime]] = {}


def wait_for_nobody() -> None:
    """Ask silent platforms again, as a new instance would."""
    _Silent.until.clear()


def owed(
    store: Store, file: OrderFile, documents: Sequence[Invoice], now: datetime
) -> tuple[EInvoice, ...]:
    """The e-invoices to be asked for with these new documents of the order."""
    name = _provider_of(store)
    return domain.owed(documents, file.einvoices, name, now) if name else ()


def _provider_of(store: Store) -> str | None:
    """The platform that the store names and the stage has credentials for."""
    name = store.einvoice_provider
    if name is None or name not in plugins.names("einvoices"):
        return None
    try:
        return name if stage_secrets.einvoice_secrets(name) else None
    except Unavailable:
        return name  # in doubt it is wanted; it is asked for once the secret can be read


def drive_all(events: Iterable[OrderEvent], clock: Callable[[], datetime]) -> None:
    """Carry the e-invoices of these events' orders as far as they go now, within the budget.

    Nothing of it fails the events: they are done, and what is left stays due for the sweep.
    """
    ends = clock() + _BUDGET
    for event in {event.order_id: event for event in events if _concerns(event)}.values():
        if clock() >= ends:
            return
        try:
            delay = domain.worth_asking_in(drive(event.order_id, clock()))
            if delay:
                event_queues.send(event, "invoices", delay)
        except DocketError as error:
            facts = {"order_id": event.order_id, "code": error.code, "why": error.detail}
            logger.warning("e-invoice not driven", extra=facts)
        except Exception:
            logger.exception("e-invoice cannot be driven", extra={"order_id": event.order_id})


def _concerns(event: OrderEvent) -> bool:
    """By what is at hand: stores without a platform cost no read."""
    store = catalogue.snapshot_at_hand().stores.get(event.store_id)
    named = store is not None and store.einvoice_provider is not None
    return named or event.type in _ABOUT_THEM


@looking_again
def drive(order_id: str, now: datetime) -> tuple[EInvoice, ...]:
    """Ask for, or about, every open one of an order; a blue one comes before its red ones.

    All of the order's, as they are now.
    """
    file = table.load_file(order_id)
    for invoice_id in [one.invoice_id for one in file.einvoices]:
        einvoice = _einvoice(file, invoice_id)
        if domain.can_be_asked_for(einvoice, file.einvoices):
            file = _driven(file, einvoice, now)
    if gone := domain.needless(file.einvoices, file.invoices):
        file = _saved(file, domain.voided(file.order, gone, now), now)
    return file.einvoices


def _driven(file: OrderFile, einvoice: EInvoice, now: datetime) -> OrderFile:
    if _Silent.until.get(einvoice.provider, now) > now:
        return file
    try:
        provider, secrets = _platform(einvoice.provider)
        word = _heard(provider, secrets, file, einvoice, now)
        paper = None
        if word.state == "issued":
            paper = provider.paper(secrets, einvoice.request_id, now)
    except Unavailable as error:
        _Silent.until[einvoice.provider] = now + _SILENT_FOR
        facts = {"provider": einvoice.provider, "why": error.detail}
        logger.warning("tax platform not reached", extra=facts)
        return _put_off(file, einvoice, einvoice.state, now)
    if not word.is_final:
        return _put_off(file, einvoice, "pending", now)
    if paper:
        document = _document(file, einvoice.invoice_id)
        papers.keep_einvoice(document, einvoice.request_id, paper)
    change = domain.ended(
        file.order, einvoice, word, now, paper=paper is not None, genuine=provider.genuine
    )
    count(f"EInvoices{word.state.title()}")
    return _saved(file, change, now)


def _put_off(file: OrderFile, einvoice: EInvoice, state: State, now: datetime) -> OrderFile:
    """Whoever was faster has the word: then it stays as it was read."""
    after = domain.put_off(einvoice, state, now)
    return file.with_einvoice(after) if table.replace_einvoice(einvoice, after) else file


def _heard(
    provider: EInvoiceProvider,
    secrets: Secrets,
    file: OrderFile,
    einvoice: EInvoice,
    now: datetime,
) -> Word:
    """What became of it; asked for, under its one id, only when the platform does not know it."""
    word = provider.ask(secrets, einvoice.request_id, now)
    if word.state != "unknown":
        return word
    store = catalogue.store_in(catalogue.current_snapshot(), file.order.store_id)
    original = domain.original_of(einvoice, file.einvoices)
    wish = request_of(
        einvoice,
        _document(file, einvoice.invoice_id),
        store,
        original.number if original else None,
    )
    return provider.request(secrets, wish, now)


def _platform(name: str) -> tuple[EInvoiceProvider, Secrets]:
    module = plugins.load("einvoices", name)
    secrets = stage_secrets.einvoice_secrets(name)
    if module is None or secrets is None:
        raise Unavailable("The stage has no credentials for the tax platform.")
    return module.PROVIDER, secrets


def _saved(file: OrderFile, change: Change, now: datetime) -> OrderFile:
    return file.after(orders.save(change, now), change)


def _einvoice(file: OrderFile, invoice_id: str) -> EInvoice:
    found = next((one for one in file.einvoices if one.invoice_id == invoice_id), None)
    if found is None:
        raise NotFound("The document has no e-invoice.", code="einvoice_not_found")
    return found


def _document(file: OrderFile, invoice_id: str) -> Invoice:
    found = next((one for one in file.invoices if one.invoice_id == invoice_id), None)
    if found is None:
        raise NotFound("There is no such invoice.", code="invoice_not_found")
    return found


@looking_again
def request_again(caller: Caller, order_id: str, invoice_id: str, now: datetime) -> OrderFile:
    """Once what it was rejected for is mended. Asking for what is under way is done.

    Customers mend theirs by other details: those make a new invoice, with its own e-invoice.
    """
    file = orders.load_for_staff(caller, order_id)
    einvoice = _einvoice(file, invoice_id)
    if einvoice.is_open:
        return file
    if einvoice in domain.needless(file.einvoices, file.invoices):
        raise Conflict("Its invoice is taken back.", code="einvoice_not_rejected")
    change = domain.asked_again(file.order, einvoice, orders.actor_of(caller), now)
    return _saved(file, change, now)


def of_documents(documents: Iterable[Invoice | InvoiceEntry]) -> dict[str, EInvoice]:
    """Those of these documents, by invoice. While no store names a platform, nothing is read."""
    stores = catalogue.current_snapshot().stores.values()
    if all(store.einvoice_provider is None for store in stores):
        return {}
    places = {(one.order_id, one.invoice_id) for one in documents}
    return {one.invoice_id: one for one in invoice_table.find_einvoices(places)}


def load_einvoice(caller: Caller, order_id: str, invoice_id: str) -> tuple[Invoice, EInvoice]:
    """With the document that it is of, for whoever may see the order."""
    file = orders.load_for(caller, order_id)
    return _document(file, invoice_id), _einvoice(file, invoice_id)


def read_paper(document: Invoice, einvoice: EInvoice) -> bytes:
    """The platform's own PDF. Raises `NotFound` while there is none."""
    if not einvoice.has_paper:
        raise NotFound("The e-invoice has no paper.", code="einvoice_not_found")
    return papers.read_einvoice(document, einvoice.request_id)
