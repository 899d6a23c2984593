"""Orders as items of their collection: an order's file made of them, and them of an order."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chalicelib.domain.clock import rfc3339
from chalicelib.domain.disputes import Dispute
from chalicelib.domain.due import due_shard
from chalicelib.domain.einvoices import EInvoice
from chalicelib.domain.invoice_details import Buyer
from chalicelib.domain.invoices import Invoice
from chalicelib.domain.orders import Change, Order, OrderEvent
from chalicelib.domain.payments import Payment, Refund
from chalicelib.domain.questions import Question
from chalicelib.store.invoices import EINVOICE, INVOICE, invoice_in
from chalicelib.store.invoices import item_of as invoice_item
from chalicelib.store.order_packing import pack, unpack
from chalicelib.store.tables import OrderItem

ORDER = "order"
BUYER = "buyer"
TIMELINE_END = "~"  # receipts and ledger rows sort after this


class OrderFile(msgspec.Struct, frozen=True, kw_only=True):
    """An order with all that belongs to its timeline, as one Query reads it."""

    order: Order
    events: tuple[OrderEvent, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    shipments: tuple[dict[str, Any], ...] = ()
    invoices: tuple[Invoice, ...] = ()
    questions: tuple[Question, ...] = ()
    buyer: Buyer | None = None  # as asked for with this order
    einvoices: tuple[EInvoice, ...] = ()  # in the order of their documents

    def payment(self, payment_id: str | None) -> Payment | None:
        return next((p for p in self.payments if p.payment_id == payment_id), None)

    def refund(self, refund_id: str | None) -> Refund | None:
        return next((r for r in self.refunds if r.refund_id == refund_id), None)

    def dispute(self, dispute_id: str) -> Dispute | None:
        return next((d for d in self.disputes if d.dispute_id == dispute_id), None)

    def after(self, order: Order, change: Change) -> "OrderFile":
        """The file as it is once `change` was written, without reading it again."""
        kinds = {
            Payment: self.payments,
            Refund: self.refunds,
            Dispute: self.disputes,
            Question: self.questions,
            dict: self.shipments,
        }
        payments, refunds, disputes, questions, shipments = (
            _replaced(kept, [d for d in change.documents if isinstance(d, kind)])
            for kind, kept in kinds.items()
        )
        return OrderFile(
            order=order,
            events=(*self.events, *change.events),
            payments=payments,
            refunds=refunds,
            disputes=disputes,
            questions=questions,
            shipments=shipments,
            invoices=_replaced(
                self.invoices, [d for d in change.documents if isinstance(d, Invoice)]
            ),
            buyer=next((d for d in change.documents if isinstance(d, Buyer)), self.buyer),
            einvoices=_replaced(
                self.einvoices, [d for d in change.documents if isinstance(d, EInvoice)]
            ),
        )

    def with_einvoice(self, einvoice: EInvoice) -> "OrderFile":
        """The file after one was replaced that changes nothing of the order."""
        return msgspec.structs.replace(self, einvoices=_replaced(self.einvoices, [einvoice]))


def _replaced(kept: tuple[Any, ...], fresh: list[Any]) -> tuple[Any, ...]:
    changed = {document_key(document): document for document in fresh}
    present = [changed.pop(document_key(document), document) for document in kept]
    return (*present, *changed.values())


def event_key(version: int) -> str:
    return f"event#{version:06d}"


def document_key(document: Any) -> str:
    if isinstance(document, Payment):
        return f"payment#{document.payment_id}"
    if isinstance(document, Refund):
        return f"refund#{document.refund_id}"
    if isinstance(document, Dispute):
        return f"dispute#{document.dispute_id}"
    if isinstance(document, Question):
        return f"question#{document.question_id}"
    if isinstance(document, Invoice):
        return INVOICE + document.invoice_id
    if isinstance(document, Buyer):
        return BUYER
    if isinstance(document, EInvoice):
        return EINVOICE + document.invoice_id
    return f"shipment#{document['shipment_id']}"


def document_item(order_id: str, document: Any) -> OrderItem:
    if isinstance(document, Invoice):
        return invoice_item(document)
    return OrderItem(order_id, document_key(document), data=document)


def item_of(order: Order) -> OrderItem:
    """Index keys: the board's moves once in a life, the due index holds live orders alone."""
    placed_key = f"{rfc3339(order.placed_at)}#{order.order_id}"
    item = OrderItem(
        order.order_id,
        ORDER,
        packed=pack(order),
        version=order.version,
        store_id=order.store_id,
        board_key=("done#" if order.is_terminal else "open#") + placed_key,
    )
    # Guests are listed by what they ordered: the sweep finds repeats there, and nobody anything.
    listed_under = order.customer_id or order.guard_key
    if listed_under:
        item.customer_id = listed_under
        item.placed_key = placed_key
    if order.next_check_ms is not None:
        item.next_check_at = order.next_check_ms
        item.due_shard = due_shard(order.order_id)
    return item


class PlainItem(msgspec.Struct, frozen=True):
    """What a file is made of, without the model around it."""

    SK: str
    data: str
    packed: bytes | None
    next_check_at: float | None


def plain_item(raw: Mapping[str, Mapping[str, Any]]) -> PlainItem:
    """From DynamoDB's own form of an item."""
    at = raw.get("next_check_at")
    return PlainItem(
        raw["SK"]["S"],
        raw["data"]["S"] if "data" in raw else "",
        raw["packed"]["B"] if "packed" in raw else None,
        float(at["N"]) if at else None,
    )


def order_of(item: OrderItem | PlainItem) -> Order:
    order = unpack(item.packed) if item.packed else msgspec.json.decode(item.data, type=Order)
    at = item.next_check_at
    return msgspec.structs.replace(order, next_check_ms=None if at is None else int(at))


_KINDS: Mapping[str, tuple[str, Any]] = {
    "event": ("events", OrderEvent),
    "payment": ("payments", Payment),
    "refund": ("refunds", Refund),
    "dispute": ("disputes", Dispute),
    "question": ("questions", Question),
    "shipment": ("shipments", dict[str, Any]),
    "einvoice": ("einvoices", EInvoice),
}


def file_of(items: Sequence[OrderItem] | Sequence[PlainItem]) -> OrderFile | None:
    """The file that these items of one collection make; what lies after the timeline is not its."""
    order: Order | None = None
    buyer: Buyer | None = None
    invoices: list[Invoice] = []
    parts: dict[str, list[Any]] = {field: [] for field, _ in _KINDS.values()}
    for item in items:
        if item.SK == ORDER:
            order = order_of(item)
        elif item.SK == BUYER:
            buyer = msgspec.json.decode(item.data, type=Buyer)
        elif item.SK.startswith(INVOICE):
            invoices.append(invoice_in(item.packed))
        else:
            field, kind = _KINDS[item.SK.split("#")[0]]
            parts[field].append(msgspec.json.decode(item.data, type=kind))
    if order is None:
        return None
    for name in ("payments", "refunds"):
        parts[name].sort(key=lambda document: document.created_at)
    parts["disputes"].sort(key=lambda dispute: dispute.opened_at)
    parts["questions"].sort(key=lambda question: question.asked_at)
    invoices.sort(key=lambda invoice: (invoice.year, invoice.sequence))
    places = {invoice.invoice_id: place for place, invoice in enumerate(invoices)}
    parts["einvoices"].sort(key=lambda einvoice: places[einvoice.invoice_id])
    return OrderFile(
        order=order,
        buyer=buyer,
        invoices=tuple(invoices),
        **{name: tuple(found) for name, found in parts.items()},
    )
