"""A day in the drilled shop: orders placed, paid, made and handed over, whatever goes wrong."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.drills.people import Answer, Lost, Person, fresh, until

STORE, OTHER_STORE = "sto_market", "sto_noodles"
STEPS = ("accept", "prepare", "ready", "complete")
PAID_SECONDS = 240
_REACHED = {
    "accept": {"accepted", "preparing", "ready", "completed"},
    "prepare": {"preparing", "ready", "completed"},
    "ready": {"ready", "completed"},
    "complete": {"completed"},
}


@dataclass
class Placed:
    """An order that was acknowledged, and when."""

    order_id: str
    store_id: str
    at: float = field(default_factory=time.monotonic)


class Shop:
    """The people of the stage, and every order that they were promised."""

    def __init__(self, url: str) -> None:
        self.customers = [Person(url, f"customer{number}@example.com") for number in (1, 2)]
        self.clerk = Person(url, "clerk@example.com")
        self.manager = Person(url, "manager@example.com")
        self.visitor = Person(url)
        self.orders: list[Placed] = []
        self._turn = itertools.count()
        self._skus = {store: self._plenty(store) for store in (STORE, OTHER_STORE)}

    def _plenty(self, store_id: str) -> list[str]:
        """Plain products of which there is enough for a day."""
        listed = self.visitor.list(f"/v1/products?store_id={store_id}")
        return [
            p["sku"] for p in listed
            if not p["options"] and not p["bundle_of"] and p["available"] >= 100
        ]  # fmt: skip

    def place(
        self, store_id: str = STORE, heard: Callable[[Answer], None] = lambda _: None
    ) -> Placed:
        turn = next(self._turn)
        skus = self._skus[store_id]
        body = {
            "store_id": store_id,
            "channel": "web",
            "fulfillment": {"type": "pickup"},
            "line_items": [{"sku": skus[turn % len(skus)], "quantity": 1}],
            "allow_duplicate": True,
        }
        customer = self.customers[turn % 2]
        answer = customer.insist("POST", "/v1/orders", body, fresh("order"), heard=heard)
        if answer.status not in {201, 202}:
            raise Lost(f"placing answered {answer}")
        placed = Placed(answer.json["order_id"], store_id)
        self.orders.append(placed)
        return placed

    def read(self, placed: Placed) -> Any:
        return self.manager.get(f"/v1/orders/{placed.order_id}")

    def pay(self, placed: Placed, outcome: str) -> Any:
        """Start a payment as the customer whose order it is, and pay it at the bank."""
        wish = {"provider": "sandbox", "method": "card"}
        path, key = f"/v1/orders/{placed.order_id}/payments", fresh("pay")
        for customer in self.customers:
            started = customer.insist("POST", path, wish, key)
            if started.status == 201:
                break
        else:
            raise Lost(f"paying {placed.order_id} answered {started}")
        url = started.json["next_action"]["url"]
        self.visitor.insist("POST", url, {"outcome": outcome})
        return started.json

    def await_status(self, placed: Placed, status: str, seconds: float = PAID_SECONDS) -> Any:
        def reached() -> Any:
            order = self.read(placed)
            return order if order["status"] == status else None

        return until(reached, seconds, f"{placed.order_id} {status}")

    def act(self, placed: Placed, name: str) -> None:
        """A step of staff, however often it takes to be heard."""
        path = f"/v1/ops/orders/{placed.order_id}/{name}"
        answer = self.clerk.insist("POST", path, {}, fresh("act"))
        if answer.status != 200 and self.read(placed)["status"] not in _REACHED[name]:
            raise Lost(f"{name} of {placed.order_id} answered {answer}")

    def serve(self, placed: Placed) -> None:
        for step in STEPS:
            self.act(placed, step)

    def whole_story(self, heard: Callable[[Answer], None]) -> Placed:
        """From placing to the customer's hands."""
        placed = self.place(heard=heard)
        self.await_status(placed, "placed")
        self.pay(placed, "succeeded")
        self.await_status(placed, "confirmed")
        self.serve(placed)
        return placed

    def set_rule(self, rule: str, seconds: int) -> None:
        rules = {item["rule"]: item for item in self.manager.get("/v1/ops/rules")["items"]}
        body = {**rules[rule], "threshold_seconds": seconds}
        if self.manager.insist("PUT", f"/v1/ops/rules/{rule}", body).status != 200:
            raise Lost(f"{rule} could not be set")

    def open_cases(self) -> list[Any]:
        """What still waits for people; a shelf that ran low is no fault of the drill."""
        found = [
            case
            for status in ("open", "acknowledged")
            for case in self.manager.list(f"/v1/ops/exceptions?status={status}")
        ]
        return [case for case in found if case["rule"] != "stock_shortage"]

    def case_of(self, rule: str, subject_id: str) -> Any:
        cases = self.manager.list(f"/v1/ops/exceptions?rule={rule}")
        return next((case for case in cases if case["subject"]["id"] == subject_id), None)


class Load:
    """Customers who go on ordering while something is wrong; `refused` answers are counted."""

    def __init__(self, shop: Shop, clients: int = 3) -> None:
        self._shop = shop
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._live, daemon=True) for _ in range(clients)]
        self.done = 0
        self.refused = 0
        self.first_refusal: float | None = None
        self.lost: list[str] = []
        self.finished: list[float] = []
        for thread in self._threads:
            thread.start()

    def _live(self) -> None:
        while not self._over.is_set():
            try:
                self._shop.whole_story(self._heard)
                self.done += 1
                self.finished.append(time.monotonic())
            except Lost as lost:
                self.lost.append(str(lost))

    def _heard(self, answer: Answer) -> None:
        if answer.status == 0 or answer.status >= 500 or answer.status == 202:
            self.refused += 1
            self.first_refusal = self.first_refusal or time.monotonic()

    def end(self, seconds: float) -> None:
        """No new orders; those under way come to their end."""
        self._over.set()
        ends = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(ends - time.monotonic(), 0))
            if thread.is_alive():
                self.lost.append("a customer still waits")
