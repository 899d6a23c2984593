"""What a sweep asks of the tables, with so many orders of which so few are due."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import msgspec

from bench.meter import Meter
from chalicelib.domain.clock import epoch_ms, rfc3339
from chalicelib.domain.due import due_shard
from chalicelib.domain.orders import Contact, Fulfillment, LineItem, Order, Totals
from chalicelib.services import sweep
from chalicelib.store.order_files import item_of
from tests import factories
from tests.environment import SETTINGS

DUE = 50
_BATCH = 25
_PATTERNS = 3  # one of them is over, two are being worked on
_BUDGET = timedelta(seconds=300)


class SweepCost(msgspec.Struct, frozen=True):
    orders: int
    due: int
    requests: int
    calls: dict[str, int]
    seconds: float


def fill(count: int, now: datetime, due: int = DUE, start: int = 0) -> None:
    """Orders written straight into the table: the first `due` are due, a third are over."""
    dynamodb = boto3.client("dynamodb")
    table = SETTINGS["DOCKET_ORDERS_TABLE"]
    batch: list[dict[str, Any]] = []
    patterns = [item_of(an_order(at, now, is_due=False)).serialize() for at in range(_PATTERNS)]
    for number in range(start, count):
        if number < due:
            item = item_of(an_order(number, now, is_due=True)).serialize()
        else:
            item = _like(patterns[number % _PATTERNS], number, now)
        batch.append({"PutRequest": {"Item": item}})
        if len(batch) == _BATCH or number == count - 1:
            dynamodb.batch_write_item(RequestItems={table: batch})
            batch = []


def _like(pattern: dict[str, Any], number: int, now: datetime) -> dict[str, Any]:
    """Another order in the same state: making each whole would take ten times as long."""
    order_id = f"ord_{number:026d}"
    placed_key = {"S": f"{rfc3339(now)}#{order_id}"}
    board = pattern["board_key"]["S"].partition("#")[0]
    item = {
        **pattern, "PK": {"S": order_id}, "customer_id": {"S": f"cus-{number}"},
        "placed_key": placed_key, "board_key": {"S": f"{board}#{placed_key['S']}"},
    }  # fmt: skip
    if "due_shard" in item:
        item["due_shard"] = {"N": str(due_shard(order_id))}
    return item


def an_order(number: int, now: datetime, *, is_due: bool) -> Order:
    """One that the store works on: due for a look, or not for hours, or long over."""
    price, nothing = factories.cny(1000), factories.cny(0)
    over = not is_due and number % 3 == 0
    check_at = now - timedelta(seconds=1) if is_due else now + timedelta(hours=2)
    line = LineItem(
        line_id="line_1", sku="apple", name={"en": "Apple"}, quantity=1, unit_price=price,
        line_total=price, units={"apple": 1},
    )  # fmt: skip
    return Order(
        order_id=f"ord_{number:026d}", number=f"22-{number:05d}", pickup_code="A01", version=1,
        status="completed" if over else "accepted", payment_status="paid",
        fulfillment_status="picked_up" if over else "unfulfilled", store_id=factories.MARKET,
        customer_id=f"cus-{number}", channel="web", line_items=(line,),
        totals=Totals(price, nothing, nothing, nothing, price), contact=Contact(),
        fulfillment=Fulfillment(type="pickup"), placed_at=now, updated_at=now, fingerprint="",
        confirmed_at=now, accepted_at=now, promised_at=now + timedelta(hours=1),
        captured_minor=1000, reserved={} if over else {"apple": 1},
        next_check_ms=None if over else epoch_ms(check_at),
    )  # fmt: skip


def measure(meter: Meter, count: int, now: datetime) -> SweepCost:
    began = time.perf_counter()
    with meter.measured() as usage:
        counts = sweep.sweep("bench", lambda: now, _BUDGET, wait=lambda _: None)
    if (counts.checked, counts.failed, counts.found) != (DUE, 0, 0):
        raise AssertionError(f"The sweep did something else: {counts}")
    return SweepCost(count, counts.due, usage.call_count, dict(usage.calls), _since(began))


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)


def costs(meter: Meter, sizes: tuple[int, ...]) -> Iterator[SweepCost]:
    """Over ever more orders; those due are made due again before each sweep."""
    written = 0
    for size in sizes:
        now = datetime.now(UTC)
        fill(size, now, start=written)
        fill(DUE, now)
        written = size
        yield measure(meter, size, now)
