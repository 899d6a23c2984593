"""China's digital e-invoices of an order's documents: what becomes of each at the tax platform.

Every invoice and credit note of a store that names a platform has one e-invoice: a blue one, or a
red-letter one that corrects it. It is asked for under an id of its own, which is the same for ever;
only after a final no is there another attempt. Nothing of the order ever waits for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.domain import ids, orders
from chalicelib.domain.errors import Conflict
from chalicelib.domain.invoices import Invoice, InvoiceKind
from chalicelib.domain.orders import Actor, Change, Order

State = Literal["requested", "pending", "issued", "rejected", "void"]
# Who can mend it: the customer, whoever runs the store, or nobody but time and the platform.
Fault = Literal["buyer", "seller", "quota", "other"]

ISSUER = Actor("system", "system:issue_invoices")
OPEN: frozenset[str] = frozenset({"requested", "pending"})
ATTEMPTS_MAX = 10
MESSAGE_LENGTH = 200
# After the first words without an end, in seconds.
_SOON = {1: 3, 2: 10, 3: 30}
_FIRST, _LONGEST = timedelta(seconds=30), timedelta(hours=1)


class EInvoice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`void`: none was issued, and none is needed any more. `asks` counts words without an end.

    `next_at` is when it is asked about again. `has_paper` tells that we keep the platform's PDF;
    `link` is where the platform itself shows it. `genuine` ones are tax documents; those of a
    platform for practice are not.
    """

    invoice_id: str
    order_id: str
    kind: InvoiceKind
    provider: str
    requested_at: datetime
    state: State = "requested"
    corrects: str | None = None
    attempt: int = 1
    asks: int = 0
    next_at: datetime | None = None
    ended_at: datetime | None = None
    number: str | None = None
    link: str | None = None
    has_paper: bool = False
    genuine: bool = False
    fault: Fault | None = None
    message: str | None = None

    @property
    def request_id(self) -> str:
        """What the platform knows it by. A lost answer is looked up under it, never asked anew."""
        return ids.derived("ein", self.order_id, self.invoice_id, str(self.attempt))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform says about a request; `unknown` when it never heard of it."""

    state: Literal["unknown", "pending", "issued", "rejected"]
    number: str | None = None
    link: str | None = None
    fault: Fault = "other"
    message: str = ""

    @property
    def is_final(self) -> bool:
        """What is issued has a number; without one it is not there yet."""
        return self.state == "rejected" or (self.state == "issued" and bool(self.number))


def owed(
    documents: Sequence[Invoice], known: Iterable[EInvoice], provider: str, now: datetime
) -> tuple[EInvoice, ...]:
    """For new documents. What corrects an invoice that has no e-invoice needs none either."""
    names = {one.invoice_id for one in known}
    found: list[EInvoice] = []
    for document in documents:
        if document.corrects is not None and document.corrects not in names:
            continue
        names.add(document.invoice_id)
        found.append(
            EInvoice(
                invoice_id=document.invoice_id, order_id=document.order_id, kind=document.kind,
                provider=provider, requested_at=now, next_at=now, corrects=document.corrects,
            )
        )  # fmt: skip
    return tuple(found)


def original_of(einvoice: EInvoice, all_of: Iterable[EInvoice]) -> EInvoice | None:
    """The blue one that a red-letter one corrects."""
    return next((one for one in all_of if one.invoice_id == einvoice.corrects), None)


def can_be_asked_for(einvoice: EInvoice, all_of: Iterable[EInvoice]) -> bool:
    """A red-letter one names the number of what it corrects, so it waits until there is one."""
    original = original_of(einvoice, all_of)
    return einvoice.is_open and (original is None or original.state == "issued")


def needless(all_of: Sequence[EInvoice], documents: Sequence[Invoice]) -> tuple[EInvoice, ...]:
    """Blue ones that were refused and whose invoice is wholly taken back, with their red ones."""
    found: list[EInvoice] = []
    for blue in all_of:
        if blue.state == "rejected" and _is_taken_back(blue.invoice_id, documents):
            found.append(blue)
            found += [one for one in all_of if one.corrects == blue.invoice_id]
    return tuple(found)


def _is_taken_back(invoice_id: str, documents: Sequence[Invoice]) -> bool:
    total = sum(d.totals.total.amount_minor for d in documents if d.invoice_id == invoice_id)
    taken = sum(d.totals.total.amount_minor for d in documents if d.corrects == invoice_id)
    return total == taken


def moments(all_of: Sequence[EInvoice], documents: Sequence[Invoice]) -> Iterator[datetime]:
    """When there is something to do about one of them."""
    for one in all_of:
        if can_be_asked_for(one, all_of):
            yield one.next_at or one.requested_at
    for one in needless(all_of, documents):
        yield one.ended_at or one.requested_at


def put_off(einvoice: EInvoice, state: State, now: datetime) -> EInvoice:
    """No end yet: asked about again after 30 s, and then ever more seldom, each hour at least."""
    wait = min(_FIRST * 2 ** min(einvoice.asks, 10), _LONGEST)
    return msgspec.structs.replace(
        einvoice, state=state, asks=einvoice.asks + 1, next_at=now + wait
    )


def worth_asking_in(all_of: Iterable[EInvoice]) -> int:
    """Most platforms decide soon: seconds until another look, 0 to leave it to the sweep."""
    asks = [one.asks for one in all_of if one.state == "pending"]
    return _SOON.get(min(asks, default=0), 0)


def ended(
    order: Order, einvoice: EInvoice, word: Word, now: datetime, *, paper: bool, genuine: bool
) -> Change:
    """The order with its e-invoice issued, or refused for good."""
    facts: dict[str, str | bool | None]
    if word.state == "issued":
        after = msgspec.structs.replace(
            einvoice, state="issued", next_at=None, ended_at=now, number=word.number,
            link=_page(word.link), has_paper=paper, genuine=genuine, fault=None, message=None,
        )  # fmt: skip
        facts = {"number": word.number, "genuine": genuine}
    else:
        after = msgspec.structs.replace(
            einvoice, state="rejected", next_at=None, ended_at=now, fault=word.fault,
            message=word.message[:MESSAGE_LENGTH] or None,
        )  # fmt: skip
        facts = {"fault": word.fault}
    return _told(order, f"einvoice.{word.state}", (after,), ISSUER, now, facts)


def _page(link: str | None) -> str | None:
    """An address that people can be sent to."""
    return link if link and link.startswith(("https://", "http://")) else None


def voided(order: Order, einvoices: Sequence[EInvoice], now: datetime) -> Change:
    """None of these is needed: the sale that they were for was taken back before."""
    after = tuple(
        msgspec.structs.replace(one, state="void", next_at=None, ended_at=now) for one in einvoices
    )
    return _told(order, "einvoice.voided", after, ISSUER, now, {})


def asked_again(order: Order, einvoice: EInvoice, actor: Actor, now: datetime) -> Change:
    """After a final no, once its reason is mended: another attempt under another id."""
    if einvoice.state != "rejected":
        detail = f"The e-invoice is {einvoice.state}; only a rejected one is requested again."
        raise Conflict(detail, code="einvoice_not_rejected")
    if einvoice.attempt >= ATTEMPTS_MAX:
        raise Conflict("It was requested too often.", code="einvoice_attempts_used_up")
    after = msgspec.structs.replace(
        einvoice, state="requested", attempt=einvoice.attempt + 1, asks=0, requested_at=now,
        next_at=now, ended_at=None, fault=None, message=None,
    )  # fmt: skip
    return _told(order, "einvoice.requested", (after,), actor, now, {})


def _told(
    order: Order,
    kind: str,
    einvoices: tuple[EInvoice, ...],
    actor: Actor,
    now: datetime,
    facts: dict[str, str | bool | None],
) -> Change:
    first = einvoices[0]
    about = {"invoice_id": first.invoice_id, "kind": first.kind, "provider": first.provider}
    after, events = orders.happened(order, ((kind, about | facts),), actor, now)
    return Change(before=order, order=after, events=events, documents=einvoices)
