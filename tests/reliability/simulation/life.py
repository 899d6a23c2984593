"""The life of one world: a storm, its end, and the check of everything. The seed decides it all."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import msgspec

from chalicelib.store import books as table
from tests.account import forget
from tests.http import Client
from tests.reliability.simulation import clock
from tests.reliability.simulation.bus import ALERTS, INVOICES, MERCHANT, NOTIFICATIONS
from tests.reliability.simulation.checks import POISON, faults_of
from tests.reliability.simulation.faults import CALM, Weather
from tests.reliability.simulation.people import STEPS, People
from tests.reliability.simulation.world import World

STEPS_IN_STORM = 70
# After the storm the sweep comes at these distances: patience of every rule and retry is over then.
CALM_PAUSES = tuple(timedelta(seconds=s) for s in (61, 300, 1200, 1800, 7200, 20_000))
_QUEUES = (NOTIFICATIONS, MERCHANT, INVOICES, ALERTS)


class Verdict(msgspec.Struct):
    """How it ended; the same seed has the same digest."""

    seed: int
    faults: list[str]
    digest: str
    kills: int
    errors: int
    orders: int
    trace: list[str]


def live(seed: int, client: Client, dynamodb: str | None) -> Verdict:
    with clock.running(seed):
        world = World(seed, client, dynamodb)
        with world.open():
            people = People(world)
            _storm(world, people)
            _calm(world, people)
            found = list(faults_of(world, people))
            found += _idle_sweep(world)
    digest = hashlib.sha256("\n".join([*world.trace, *world.faults.names]).encode()).hexdigest()
    return Verdict(
        seed=seed, faults=found, digest=digest[:16], kills=world.faults.kills,
        errors=world.faults.errors, orders=len(people.wishes), trace=world.trace,
    )  # fmt: skip


def _storm(world: World, people: People) -> None:
    """Each seed has its own weather, from breeze to hurricane."""
    dice, bus = world.random, world.bus
    world.faults.weather = Weather(
        kills=dice.choice((0.0, 0.05, 0.15, 0.3)), errors=dice.choice((0.0, 0.01, 0.04, 0.1))
    )
    bus.losing, bus.doubling, bus.refusing = (dice.choice((0.0, 0.05, 0.2)) for _ in range(3))
    steps: list[tuple[int, Callable[[], object]]] = [
        (45, people.act), (14, world.relay), (8, lambda: world.consume(NOTIFICATIONS)),
        (8, lambda: world.consume(MERCHANT)), (5, lambda: world.consume(INVOICES)),
        (2, lambda: world.consume(ALERTS)),
        (8, lambda: world.post_webhooks(bus.doubling)), (4, lambda: _minutes_pass(world)),
        (1, lambda: _poison(world)), (2, forget),
        (3, lambda: world.merchant_answers(dice.choice((200, 500)))),
    ]  # fmt: skip
    weights = [weight for weight, _ in steps]
    for _ in range(STEPS_IN_STORM):
        dice.choices([step for _, step in steps], weights)[0]()
        clock.advance(dice.choice((0, 0, 1, 5, 20)))


def _minutes_pass(world: World) -> None:
    """The schedule may have missed some."""
    clock.advance(world.random.choice((61, 61, 200, 1000)))
    world.sweep()


def _poison(world: World) -> None:
    """What nobody can read, now and then, in a queue or on the stream."""
    if world.random.random() < 0.5:
        world.bus.put(world.random.choice(_QUEUES[:3]), POISON)
    else:
        item = {"PK": {"S": "ord_none"}, "SK": {"S": "event#000001"}, "data": {"S": POISON}}
        world.bus.add_record(item)


def _calm(world: World, people: People) -> None:
    world.faults.weather = CALM
    world.bus.losing = world.bus.doubling = world.bus.refusing = 0.0
    world.merchant_answers(200)
    forget()
    for number, pause in enumerate(CALM_PAUSES):
        clock.advance(pause.total_seconds())
        _deliver_all(world)
        world.sweep()
        _deliver_all(world)
        if number == 0:
            _finish_some(world, people)


def _deliver_all(world: World) -> None:
    """Until nothing is on its way any more."""
    while True:
        moved = world.post_webhooks()
        while world.relay():
            moved = True
        for queue in _QUEUES:
            while world.consume(queue):
                moved = True
        if moved:
            continue
        next_at = world.bus.next_visible_at()
        if next_at is None:
            return
        clock.advance(max((next_at - clock.now()).total_seconds(), 0) + 0.001)


def _finish_some(world: World, people: People) -> None:
    """Staff complete some orders and forget others."""
    for wish in people.wishes:
        if wish.order_id and world.random.random() < 0.5:
            for step in STEPS:
                people.staff_act(wish, step)


def _idle_sweep(world: World) -> list[str]:
    """A sweep with nothing left to do does nothing."""
    before = {book.order.order_id: book.order.version for book in table.order_books()}
    clock.advance(61)
    world.sweep()
    _deliver_all(world)
    after = {book.order.order_id: book.order.version for book in table.order_books()}
    moved = {order_id for order_id in after if after[order_id] != before.get(order_id)}
    return [f"an idle sweep moved {sorted(moved)}"] if moved else []
