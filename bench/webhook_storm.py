"""A thousand webhooks of all companies, repeated and shuffled: what they leave and what they cost.

Staff give money back while it rages, so that what is told of that is in it too.
"""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from bench.market import METHODS, Market, Spent, Told
from chalicelib.services import payments
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from chalicelib.store import webhook_inbox

COPIES = 5
WAVE = 4  # orders with each company
LOOK_EACH = 50  # deliveries from one look at what can be given back to the next
QUIET_SECONDS = 3.0


class Cost(msgspec.Struct, frozen=True):
    """Of one webhook: calls to DynamoDB, write units, and our own CPU."""

    calls: float
    units: float
    cpu_ms: float


class Storm(msgspec.Struct, frozen=True):
    """`astray` are orders that ended otherwise than they should, `lost` events without a trace."""

    deliveries: int
    events: int
    orders: int
    refused: int
    astray: int
    lost: int
    violations: int
    cost: Cost


class Place(msgspec.Struct):
    company: str
    order_id: str
    to_return: bool
    is_returned: bool = False


def to_paid(market: Market, rounds: int = 2) -> dict[str, Cost]:
    """What each company's webhook costs that makes an order paid; after the first, all is warm."""
    found = {}
    for number, company in enumerate(METHODS):
        for around in range(rounds):
            order_id = market.buy(company, -1 - number - around * len(METHODS))
            first, *rest = _news_within(market, QUIET_SECONDS)
            market.spent = Spent()
            market.deliver(first)
            found[company] = _cost(market.spent)
            if table.load_order(order_id).payment_status != "paid":
                raise AssertionError(f"{company}: {first.webhook.body!r} paid nothing")
            while rest := rest + _news_within(market, 1.0):
                market.deliver(rest.pop())
    return found


def rage(market: Market, orders_each: int, deliveries: int, seed: int = 1) -> Storm:
    """At least so many deliveries about so many orders with each company, in waves: what is signed
    is good for five minutes.
    """
    chance = random.Random(seed)
    places: list[Place] = []
    lost = events = 0
    market.spent = Spent()
    for first in range(0, orders_each, WAVE):
        wave = _placed(market, range(first, min(first + WAVE, orders_each)))
        share = deliveries * len(wave) // (orders_each * len(METHODS))
        distinct = {t.webhook.body: t for t in _delivered(market, wave, share, chance)}.values()
        lost += sum(not _has_trace(told, datetime.now(UTC)) for told in distinct)
        events += len(distinct)
        places += wave
    return Storm(
        deliveries=market.spent.webhooks,
        events=events,
        orders=len(places),
        refused=market.spent.refused,
        astray=sum(not _is_right(place) for place in places),
        lost=lost,
        violations=len(check_invariants(datetime.now(UTC))),
        cost=_cost(market.spent),
    )


def _placed(market: Market, numbers: range) -> list[Place]:
    return [
        Place(company, market.buy(company, number * len(METHODS) + at), to_return=number % 2 == 1)
        for number in numbers
        for at, company in enumerate(METHODS)
    ]


def _delivered(
    market: Market, places: Sequence[Place], deliveries: int, chance: random.Random
) -> list[Told]:
    """All that is told, each several times and in no order, until no more comes; then any of it
    once more.
    """
    waiting: list[Told] = []
    delivered: list[Told] = []
    while True:
        _give_back(market, places)
        waiting += _news_within(market, 0.0 if waiting else QUIET_SECONDS) * COPIES
        if not waiting:
            break
        for _ in range(min(LOOK_EACH, len(waiting))):
            delivered.append(waiting.pop(chance.randrange(len(waiting))))
            market.deliver(delivered[-1])
    while len(delivered) < deliveries:
        delivered.append(chance.choice(delivered))
        market.deliver(delivered[-1])
    return delivered


def _give_back(market: Market, places: Sequence[Place]) -> None:
    for place in places:
        if place.to_return and not place.is_returned:
            place.is_returned = market.give_back(place.order_id)


def _news_within(market: Market, seconds: float) -> list[Told]:
    """The first news, or none when all stays quiet for so long."""
    deadline = time.monotonic() + seconds
    while not (told := market.news()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return told


def _is_right(place: Place) -> bool:
    """Paid once and whole, and given back once and whole where staff said so."""
    order = table.load_order(place.order_id)
    total = order.totals.total.amount_minor
    returned = total if place.to_return else 0
    amounts = (order.captured_minor, order.refunded_minor, order.refund_pending_minor)
    state = "refunded" if place.to_return else "paid"
    return (order.status, order.payment_status, *amounts) == (
        "confirmed", state, total, returned, 0,
    )  # fmt: skip


def _has_trace(told: Told, now: datetime) -> bool:
    """Whether the inbox knows the event."""
    secrets = payments.required_secrets(told.company)
    event = payments.provider_named(told.company).verify(secrets, told.webhook, now)
    return webhook_inbox.find(told.company, event.event_id) is not None


def _cost(spent: Spent) -> Cost:
    return Cost(
        calls=round(spent.usage.call_count / spent.webhooks, 2),
        units=round(spent.usage.units_in() / spent.webhooks, 2),
        cpu_ms=round(spent.cpu_seconds / spent.webhooks * 1000, 2),
    )
