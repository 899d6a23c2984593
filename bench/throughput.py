"""Orders a second: by the use case on AWS's own engine, and over HTTP on the whole local stage."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import urllib3

from chalicelib.domain.ids import fresh
from chalicelib.services import orders
from infra.local.stack import running_stack
from tests import factories
from tests.account import forget
from tests.engines import fresh_tables
from tests.journeys.people import Staff

CLIENTS = 8
SECONDS = 10.0


class Throughput(msgspec.Struct, frozen=True):
    orders: int
    per_second: float
    p50_ms: float
    p99_ms: float


def measured(place: Callable[[], None], seconds: float = SECONDS) -> Throughput:
    """`CLIENTS` threads, each placing one order after the other."""
    place()
    end = time.perf_counter() + seconds

    def one_client(_: int) -> list[float]:
        taken = []
        while (began := time.perf_counter()) < end:
            place()
            taken.append((time.perf_counter() - began) * 1000)
        return taken

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        taken = [ms for client in pool.map(one_client, range(CLIENTS)) for ms in client]
    cuts = quantiles(taken, n=100)
    rate = len(taken) / (time.perf_counter() - began)
    return Throughput(len(taken), round(rate, 1), round(cuts[49], 1), round(cuts[98], 1))


def of_the_store(endpoint: str) -> Throughput:
    """In this process, the tables in the DynamoDB at that address; stock enough for all.

    Each order is another customer's, for one alone may not leave so many unpaid.
    """
    with fresh_tables(endpoint):
        forget()
        factories.open_shop()
        for sku in ("apple", "bread", "milk"):
            factories.put_stock(factories.MARKET, sku, 10**6)
        lines = [{"sku": sku, "quantity": 1} for sku in ("apple", "bread", "milk")]
        request = factories.an_order_request(line_items=lines, allow_duplicate=True)

        def place() -> None:
            now = datetime.now(UTC)
            someone = msgspec.structs.replace(factories.CUSTOMER, id=fresh("cus"))
            orders.place(request, someone, fresh("key"), language="en", now=now)

        return measured(place)


def of_the_stage() -> Throughput:
    """What `make run` starts, as guests meet it at the front door; stock enough for all."""
    with TemporaryDirectory() as folder, running_stack(Path(folder)) as stack:
        http = urllib3.PoolManager(maxsize=CLIENTS, timeout=30, retries=False)
        body = _basket(http, stack.url)

        def place() -> None:
            headers = {"Content-Type": "application/json", "Idempotency-Key": fresh("bench_key")}
            answer = http.request("POST", f"{stack.url}/v1/orders", body=body, headers=headers)
            if answer.status != 201:
                raise AssertionError(answer.data)

        return measured(place)


def _basket(http: urllib3.PoolManager, url: str) -> bytes:
    """One of each of three plain products of a store, to be fetched there."""

    def read(path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = http.request("GET", f"{url}{path}").json()["items"]
        return found

    store = next(s for s in read("/v1/stores") if "pickup" in s["fulfillment_types"])
    listed = read(f"/v1/products?store_id={store['store_id']}&limit=100")
    plain = [p for p in listed if not p["options"] and not p["bundle_of"]][:3]
    manager = Staff(url, "manager@example.com")
    for product in plain:
        came_in = {
            "sku": product["sku"], "store_id": store["store_id"],
            "kind": "receive", "quantity": 10**5, "reason": "bench",
        }  # fmt: skip
        answer = manager.send("POST", "/v1/ops/stock/movements", came_in)
        if answer.status != 201:
            raise AssertionError(answer)
    order = {
        "store_id": store["store_id"],
        "channel": "web",
        "fulfillment": {"type": "pickup"},
        "line_items": [{"sku": p["sku"], "quantity": 1} for p in plain],
        "allow_duplicate": True,
    }
    return json.dumps(order).encode()
