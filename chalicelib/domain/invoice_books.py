"""What must be true of an order's invoices and ledger, and of each store's numbers."""

from collections.abc import Iterable, Iterator, Sequence

from chalicelib.domain.einvoices import EInvoice, original_of
from chalicelib.domain.invoices import Invoice, position
from chalicelib.domain.ledger import (
    CUSTOMER,
    FEE_CHARGED,
    FEE_RETURNED,
    FEES,
    balances,
    entries_of,
)
from chalicelib.domain.orders import Order, OrderEvent


def invoice_faults(
    order: Order, events: Sequence[OrderEvent], invoices: Sequence[Invoice], *, settled: bool
) -> Iterator[str]:
    """`settled`: nobody still has to look at an event that might ask for a document."""
    told = [event.data["invoice_id"] for event in events if event.type == "invoice.issued"]
    if sorted(told) != sorted(invoice.invoice_id for invoice in invoices):
        yield f"the log tells of {len(told)} documents, there are {len(invoices)}"
    for invoice in invoices:
        taken = sum(n.totals.total.amount_minor for n in _notes(invoice, invoices))
        if taken > invoice.totals.total.amount_minor:
            yield f"{taken} of {invoice.number} was taken back"
    held = position(invoices)
    value = min(order.totals.total.amount_minor, order.captured_minor - order.refunded_minor)
    if settled and held and held.left.total.amount_minor != value:
        yield f"invoiced at {held.left.total.amount_minor}, worth {value}"


def einvoice_faults(documents: Sequence[Invoice], einvoices: Sequence[EInvoice]) -> Iterator[str]:
    """One a document at most, each under a number of its own, and no red one before its blue."""
    missing = {one.invoice_id for one in einvoices} - {one.invoice_id for one in documents}
    if missing:
        yield f"e-invoices of no document: {sorted(missing)}"
    numbers = [one.number for one in einvoices if one.state == "issued"]
    if None in numbers or len(set(numbers)) < len(numbers):
        yield f"e-invoices without a number of their own: {numbers}"
    for one in einvoices:
        original = original_of(one, einvoices)
        if one.corrects and (original is None or original.state == "void" != one.state):
            yield f"the e-invoice {one.invoice_id} corrects none"
        if original and one.state == "issued" != original.state:
            yield f"the e-invoice {one.number} corrects one that is {original.state}"


def _notes(invoice: Invoice, invoices: Sequence[Invoice]) -> Iterator[Invoice]:
    return (note for note in invoices if note.corrects == invoice.invoice_id)


def ledger_faults(order: Order, events: Sequence[OrderEvent]) -> Iterator[str]:
    """Every entry balances, and the accounts say what the order says."""
    entries = list(entries_of(events))
    for entry in entries:
        if entry.difference:
            yield f"{entry.entry_id} is out of balance by {entry.difference}"
    sums = balances(entries)
    held = sum(amount for account, amount in sums.items() if account.startswith("provider:"))
    known = order.captured_minor - order.refunded_minor - order.lost_minor
    if held + sums.get(FEES, 0) != known:
        yield f"the providers hold {held}, the order says {known}"
    invoiced = sum(_signed(event) for event in events if event.type == "invoice.issued")
    owing = invoiced - order.captured_minor + order.refunded_minor
    if sums.get(CUSTOMER, 0) != owing:
        yield f"the customer owes {sums.get(CUSTOMER, 0)}, by the documents {owing}"


def fee_faults(events: Sequence[OrderEvent]) -> Iterator[str]:
    """What a provider kept is booked once a payment, what it gave back of that once a refund."""
    taken: set[str] = set()
    booked: set[tuple[str, str]] = set()
    for event in events:
        payment_id = event.data.get("payment_id", "")
        if event.type == "payment.captured":
            taken.add(payment_id)
        if event.type not in {FEE_CHARGED, FEE_RETURNED}:
            continue
        movement = (event.type, event.data.get("refund_id", payment_id))
        if movement in booked:
            yield f"{event.event_id} books a fee again"
        if payment_id not in taken:
            yield f"{event.event_id} books a fee of what was not taken"
        if event.data["fee"]["amount_minor"] <= 0:
            yield f"{event.event_id} books a fee that is none"
        booked.add(movement)


def _signed(event: OrderEvent) -> int:
    total = int(event.data["total"]["amount_minor"])
    return total if event.data["kind"] == "invoice" else -total


def number_faults(invoices: Iterable[Invoice]) -> Iterator[tuple[str, str]]:
    """Each store's and year's numbers: 1, 2, 3 and so on, every one once."""
    series: dict[str, list[int]] = {}
    for invoice in invoices:
        name = f"{invoice.store_id}/{invoice.year}"
        series.setdefault(name, []).append(invoice.sequence)
    for name, sequences in series.items():
        present = set(sequences)
        missing = set(range(1, max(sequences) + 1)) - present
        if missing:
            yield name, f"missing {sorted(missing)[:10]}"
        if len(present) < len(sequences):
            yield name, "a number was given twice"
