"""At the end of the day: is everything that anybody was promised there, told and settled?"""

import time
from collections.abc import Iterator
from contextlib import suppress

from infra.drills.faults import Day
from infra.drills.people import Lost, until
from infra.drills.shop import STORE, Placed
from infra.drills.stage import QUEUES

QUIET_SECONDS = 300
CLOSED_SECONDS = 240
TELLS_CUSTOMER = {"order.placed", "order.confirmed", "order.completed"}
TELLS_MERCHANT = TELLS_CUSTOMER | {"order.accepted", "order.preparing", "order.ready"}
TELLS_OF_REFUSAL = {"order.rejected"}


def settle(day: Day) -> list[str]:
    """What is lost. Retries that are under way get the time that they take."""
    with suppress(Lost):
        until(lambda: not list(_missing(day)), QUIET_SECONDS, "everything told")
    return [*_missing(day), *day.stage.violations()]


def open_cases(day: Day) -> list[str]:
    """Cases that no sweep closed, given time for some.

    Poison that was given another chance by a sweep killed in the middle comes back a second time:
    the operator looks once more.
    """
    ends = time.monotonic() + CLOSED_SECONDS
    while (found := day.shop.open_cases()) and time.monotonic() < ends:
        for queue in QUEUES:
            day.stage.put_aside(queue, day.poison)
        time.sleep(5)
    return [f"{case['rule']} of {case['subject']['id']}" for case in found]


def _missing(day: Day) -> Iterator[str]:
    told = {
        (entry["order_id"], entry["type"])
        for customer in day.shop.customers
        for entry in customer.list("/v1/me/notifications")
    }
    for placed in list(day.shop.orders):
        yield from _of_order(day, placed, told)
    for incident in day.shop.manager.list("/v1/ops/incidents"):
        if incident["drained_at"] is None:
            yield f"{incident['incident_id']} is not seen to be drained"


def _of_order(day: Day, placed: Placed, told: set[tuple[str, str]]) -> Iterator[str]:
    answer = day.shop.manager.insist("GET", f"/v1/orders/{placed.order_id}")
    if answer.status != 200:
        yield f"{placed.order_id} was promised, and answers {answer.status}"
        return
    order = answer.json
    expected = ("rejected", "unpaid") if placed.refused else ("completed", "paid")
    if (order["status"], order["payment_status"]) != expected:
        yield f"{placed.order_id} is {order['status']} and {order['payment_status']}"
    if [event["version"] for event in order["events"]] != list(range(1, order["version"] + 1)):
        yield f"the timeline of {placed.order_id} has gaps"
    for kind in TELLS_OF_REFUSAL if placed.refused else TELLS_CUSTOMER:
        if (placed.order_id, kind) not in told:
            yield f"the customer was not told of {kind} of {placed.order_id}"
    merchant = day.merchant if placed.store_id == STORE else day.other_merchant
    tells = TELLS_OF_REFUSAL if placed.refused else TELLS_MERCHANT
    for kind in sorted(tells - merchant.heard_of(placed.order_id)):
        yield f"the merchant was not told of {kind} of {placed.order_id}"
