"""What must hold when the storm is over and everything under way has arrived."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from chalicelib.domain.books import OrderBook
from chalicelib.domain.ids import order_id as id_of
from chalicelib.domain.ledger import entries_of
from chalicelib.domain.payments import Refund
from chalicelib.domain.receipts import MERCHANT_EVENTS, owed
from chalicelib.services import inbox, ledger
from chalicelib.services.verify_books import check_invariants, open_cases
from chalicelib.store import books as table
from infra.local.counterparts.base_bank import PAYABLE
from tests.factories import MANAGER, MARKET, NOODLES
from tests.reliability.simulation import clock
from tests.reliability.simulation.people import People, Wish
from tests.reliability.simulation.world import World

RECEIPT_SECONDS, ACCEPTANCE_SECONDS = 60, 300
POISON = "this is no event"


def faults_of(world: World, people: People) -> Iterator[str]:
    """Everything that is not as it must be; nothing when all is well."""
    yield from world.complaints
    known = open_cases()
    for violation in check_invariants(
        clock.now(), has_open_case=known,
        receipt_seconds=RECEIPT_SECONDS, acceptance_seconds=ACCEPTANCE_SECONDS,
    ):  # fmt: skip
        yield f"{violation.invariant} of {violation.subject}: {violation.detail}"
    books = {book.order.order_id: book for book in table.order_books()}
    yield from _asked_for(books, people)
    for book in books.values():
        yield from _told(book)
        yield from _paid(book, world, has_case=known(book.order.order_id))
    yield from _inboxes(books, people)
    yield from _merchant(books, world)
    yield from _ledger(books)
    yield from _sent(world)
    left = [one.body for queue in world.bus.queues.values() for one in queue]
    if left or any(world.bus.shards):
        yield f"still under way: {left} {world.bus.shards}"


def _asked_for(books: dict[str, OrderBook], people: People) -> Iterator[str]:
    """An answered order exists, a refused one left no trace, and nobody has one unasked."""
    expected = {_id_of(wish): wish for wish in people.wishes}
    for order_id, wish in expected.items():
        if wish.order_id and order_id not in books:
            yield f"{wish.key} was answered with {wish.order_id}, which does not exist"
        if wish.refused and order_id in books:
            yield f"{wish.key} was refused with {wish.refused}, yet {order_id} exists"
    for order_id in books.keys() - expected.keys():
        yield f"nobody asked for {order_id}"


def _id_of(wish: Wish) -> str:
    return id_of(f"customer:{wish.customer_id}" if wish.customer_id else "guest", wish.key)


def _told(book: OrderBook) -> Iterator[str]:
    for event, consumer in owed(book.events, book.receipts):
        yield f"{consumer} was never told of {event.type} ({event.event_id})"
    for receipt in book.receipts:
        if receipt.outcome == "pending":
            yield f"{receipt.consumer} is still being told of {receipt.event_id}"


def _paid(book: OrderBook, world: World, *, has_case: bool) -> Iterator[str]:
    order = book.order
    yield from _bank_agrees(book, world)
    kept = order.captured_minor - order.refunded_minor
    if order.status in {"canceled", "rejected"} and (kept or order.refund_pending_minor):
        yield f"{order.order_id} is {order.status} and {kept} is still here"
    if order.status == "placed" and not has_case:
        yield f"{order.order_id} is placed, not paid and nobody knows"


def _bank_agrees(book: OrderBook, world: World) -> Iterator[str]:
    order = book.order
    for payment in book.payments:
        found = world.ledger.find("payment", payment.payment_id)
        if found is None:
            continue
        if found["captured_minor"] != payment.captured_minor:
            yield f"the bank took {found['captured_minor']} for {payment}"
        if found["status"] in PAYABLE and order.is_terminal:
            yield f"{order.order_id} is {order.status} and can still be paid: {found}"
    for refund in book.refunds:
        given = world.ledger.find("refund", refund.refund_id)
        if (given is not None) != (refund.status == "succeeded") and _at_bank(book, refund):
            yield f"the bank and we differ about {refund}: {given}"


def _at_bank(book: OrderBook, refund: Refund) -> bool:
    """Whether the refund is of money that came through the bank and not over the counter."""
    providers = {payment.payment_id: payment.provider for payment in book.payments}
    return providers.get(refund.payment_id) == "sandbox"


def _inboxes(books: dict[str, OrderBook], people: People) -> Iterator[str]:
    for customer_id in {wish.customer_id for wish in people.wishes} - {None}:
        entries = Counter(entry.notification_id for entry in inbox.list_inbox(customer_id, 1000))
        for entry, count in entries.items():
            if count > 1:
                yield f"{entry} is {count} times in the inbox"
        orders = [book for book in books.values() if book.order.customer_id == customer_id]
        told = sum(
            receipt.consumer == "customer" and receipt.outcome == "delivered"
            for book in orders
            for receipt in book.receipts
        )
        if told > len(entries):
            yield f"{told} facts were told to {customer_id}, {len(entries)} are in the inbox"


def _merchant(books: dict[str, OrderBook], world: World) -> Iterator[str]:
    """A receipt says delivered only if the merchant's system got it."""
    got = {world.merchant.headers(at)["webhook-id"] for at in range(len(world.merchant.requests))}
    for book in books.values():
        for receipt in book.receipts:
            delivered = receipt.consumer == "merchant" and receipt.outcome == "delivered"
            if delivered and receipt.event_id not in got:
                yield f"the merchant never got {receipt.event_type} ({receipt.event_id})"
        for event in book.events if book.order.store_id == MARKET else ():
            if event.type in MERCHANT_EVENTS and event.event_id not in got:
                yield f"the merchant does not know of {event.type} ({event.event_id})"


def _ledger(books: dict[str, OrderBook]) -> Iterator[str]:
    """Every entry stands under its day, once, in whatever pages it is read."""
    until = clock.now() + timedelta(seconds=1)
    for store_id in (MARKET, NOODLES):
        period = ledger.Period(store_id=store_id, since=clock.EPOCH, until=until)
        told: list[str] = []
        page = ledger.list_entries(MANAGER, period, 3, None)
        while page.next_place:
            told += [entry.entry_id for entry in page.entries]
            page = ledger.list_entries(MANAGER, period, 3, page.next_place)
        told += [entry.entry_id for entry in page.entries]
        own = [book for book in books.values() if book.order.store_id == store_id]
        made = [entry.entry_id for book in own for entry in entries_of(book.events)]
        if sorted(told) != sorted(made):
            yield f"the ledger of {store_id} differs in {set(told) ^ set(made)} of {len(made)}"


def _sent(world: World) -> Iterator[str]:
    """Copies come of deaths between send and mark alone, one each."""
    doubled = sum(count - 1 for count in Counter(world.bus.mails).values())
    excuses = world.faults.kills + world.faults.errors
    if doubled > excuses:
        yield f"{doubled} second copies were sent, with {excuses} faults: {world.bus.mails}"
