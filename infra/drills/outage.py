"""The drill of the bad day: the database is down under load, then the first queue of orders too."""

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from infra.drills.faults import Day, mended
from infra.drills.people import Lost, until
from infra.drills.shop import Load, Placed, Shop
from infra.drills.tally import Drill
from infra.drills.weather import Weather

CUSTOMERS = 4
ORDERS_A_SECOND = 1.5
ORDERS_MAX = 120
# Of one product so many are left, and every customer begins with one of it.
LEFT = 2
FOUND_SECONDS = 60
DRAINED_SECONDS = 300
BUSIEST_SECONDS = 5


class Rush:
    """Customers who order all through an outage: each order is taken, and none can be looked up."""

    def __init__(self, shop: Shop, seconds: float) -> None:
        self.taken: list[Placed] = []
        self.lost: list[str] = []
        self._shop = shop
        each = max(int(min(seconds * ORDERS_A_SECOND, ORDERS_MAX) / CUSTOMERS), 2)
        self._pause_seconds = seconds / each
        self._threads = [
            threading.Thread(target=self._order, args=(each,), daemon=True)
            for _ in range(CUSTOMERS)
        ]
        for thread in self._threads:
            thread.start()

    def _order(self, orders: int) -> None:
        began = time.monotonic()
        for turn in range(orders):
            sku = None if turn else self._shop.scarce_sku
            try:
                self.taken.append(self._shop.place(sku=sku))
            except Lost as lost:
                self.lost.append(str(lost))
            pause_until(began + (turn + 1) * self._pause_seconds)

    def end(self) -> None:
        for thread in self._threads:
            thread.join()


def database_down(day: Day) -> Drill:
    """Orders are taken, wait in a queue, then in another region's, and are placed afterwards."""
    drill = Drill("outage of the database, then of a queue", injected=2)
    shop, proxy = day.shop, day.stage.proxy
    shop.leave(shop.scarce_sku, LEFT)
    whole_stories = Load(shop, clients=2)
    began, since = time.monotonic(), datetime.now(UTC)
    proxy.weather = Weather(database_down=True)
    rush = Rush(shop, day.down_seconds)
    incident_id = until(shop.open_incident, FOUND_SECONDS, "an incident that opens by itself")
    drill.found.append(time.monotonic() - began)
    _not_denied(shop, rush, drill)
    pause_until(began + day.down_seconds / 2)
    worse = time.monotonic()
    proxy.weather = Weather(database_down=True, intake_down=True)
    elsewhere = until(day.stage.orders_on_standby, FOUND_SECONDS, "an order in the other region")
    drill.found.append(time.monotonic() - worse)
    rush.end()
    elsewhere = max(elsewhere, day.stage.orders_on_standby())
    back = datetime.now(UTC)
    proxy.weather = Weather()
    whole_stories.last_orders()
    orders = _decided(shop, rush.taken)
    drill.repaired.append(time.monotonic() - began)
    until(lambda: shop.open_incident() is None, DRAINED_SECONDS, "the incident closed")
    drill.repaired.append(time.monotonic() - began)
    drill.lost += [*rush.lost, *_wrong(shop, incident_id, orders)]
    drill.measured = _drain(orders, back) | {
        "orders_on_standby": elsewhere,
        "breaker_opened": day.stage.counted("api", "BreakerOpened", since),
        "breaker_probes": day.stage.counted("api", "BreakerProbes", since),
    }
    drill.lost += [f"{name} never" for name, times in drill.measured.items() if not times]
    drill.notes = f"{day.down_seconds:.0f} s; " + ", ".join(
        f"{name.replace('_', ' ')} {value:g}" for name, value in drill.measured.items()
    )
    _see_through(shop, rush.taken, drill)
    mended(drill, whole_stories, began)
    return drill


def pause_until(moment: float) -> None:
    time.sleep(max(moment - time.monotonic(), 0))


def _not_denied(shop: Shop, rush: Rush, drill: Drill) -> None:
    """Nobody is told that an order does not exist only because nobody can look."""
    placed = until(lambda: rush.taken, FOUND_SECONDS, "an order taken")[0]
    status = shop.manager.ask("GET", f"/v1/orders/{placed.order_id}").status
    if status != 503:
        drill.lost.append(f"{placed.order_id} answers {status} while nobody can know it")


def _decided(shop: Shop, taken: Iterable[Placed]) -> list[Any]:
    """Each order once it is placed or rejected."""

    def decided(placed: Placed) -> Any:
        order = shop.read(placed)
        return order if order["status"] != "received" else None

    orders = []
    for placed in taken:
        found = until(lambda p=placed: decided(p), DRAINED_SECONDS, f"{placed.order_id} decided")
        placed.refused = found["status"] == "rejected"
        orders.append(found)
    return orders


def _wrong(shop: Shop, incident_id: str, orders: list[Any]) -> Iterable[str]:
    """What the report does not tell as it is, and what was sold that was not there."""
    report = shop.manager.get(f"/v1/ops/incidents/{incident_id}/report")
    verdicts = {item["order_id"]: item["verdict"] for item in report["items"]}
    for order in orders:
        expected = "rejected" if order["status"] == "rejected" else "placed"
        if (told := verdicts.get(order["order_id"])) != expected:
            yield f"{order['order_id']} is {order['status']}, and the report says {told}"
    reasons = [order["cancel_reason"] for order in orders if order["status"] == "rejected"]
    if reasons != ["out_of_stock"] * (CUSTOMERS - LEFT):
        yield f"of {CUSTOMERS} who wanted one of {LEFT}, these were refused: {reasons}"


def _drain(orders: list[Any], back: datetime) -> dict[str, float]:
    """How fast the orders were decided once that could be."""
    moments = sorted(
        datetime.fromisoformat(event["at"])
        for order in orders
        for event in order["events"]
        if event["type"] in {"order.placed", "order.rejected"}
    )
    waited = [(moment - back).total_seconds() for moment in moments]
    busiest = max(sum(0 <= one - first < BUSIEST_SECONDS for one in waited) for first in waited)
    return {
        "orders_taken": len(orders),
        "first_decided_after_seconds": round(waited[0], 1),
        "all_decided_after_seconds": round(waited[-1], 1),
        "drained_a_second": busiest / BUSIEST_SECONDS,
    }


def _see_through(shop: Shop, taken: Iterable[Placed], drill: Drill) -> None:
    def see(placed: Placed) -> str | None:
        try:
            shop.see_through(placed)
        except Lost as lost:
            return str(lost)
        return None

    with ThreadPoolExecutor(CUSTOMERS) as pool:
        ends = pool.map(see, [placed for placed in taken if not placed.refused])
        drill.lost += [end for end in ends if end]
