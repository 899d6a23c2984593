"""A day in the drilled shop: orders placed, paid, made and handed over, whatever goes wrong."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.drills.people import INSIST_SECONDS, Answer, Lost, Person, fresh, until

STORE, OTHER_STORE = "sto_market", "sto_noodles"
STEPS = ("accept", "prepare", "ready", "complete")
_REACHED = {
    "accept": {"accepted", "preparing", "ready", "completed"},
    "prepare": {"preparing", "ready", "completed"},
    "ready": {"ready", "completed"},
    "complete": {"completed"},
}


@dataclass
class Placed:
    """An order that was acknowledged. `refused` is one that turned out not to be to be had."""

    order_id: str
    store_id: str
    refused: bool = False


class Shop:
    """The people of the stage, and every order that they were promised."""

    def __init__(self, url: str, down_seconds: float) -> None:
        patience = INSIST_SECONDS + down_seconds
        customers = [f"customer{number}@example.com" for number in (1, 2)]
        self.customers = [Person(url, email, patience) for email in customers]
        self.clerk = Person(url, "clerk@example.com", patience)
        self.manager = Person(url, "manager@example.com", patience)
        self.visitor = Person(url, None, patience)
        self._patience_seconds = patience
        self.orders: list[Placed] = []
        self._turn = itertools.count()
        self._skus = {store: self._plenty(store) for store in (STORE, OTHER_STORE)}
        self.scarce_sku = self._skus[STORE].pop()

    def _plenty(self, store_id: str) -> list[str]:
        """Plain products of which there is enough for a day."""
        listed = self.visitor.list(f"/v1/products?store_id={store_id}")
        return [
            p["sku"] for p in listed
            if not p["options"] and not p["bundle_of"] and p["available"] >= 100
        ]  # fmt: skip

    def place(
        self,
        store_id: str = STORE,
        heard: Callable[[Answer], None] = lambda _: None,
        sku: str | None = None,
    ) -> Placed:
        turn = next(self._turn)
        skus = self._skus[store_id]
        body = {
            "store_id": store_id,
            "channel": "web",
            "fulfillment": {"type": "pickup"},
            "line_items": [{"sku": sku or skus[turn % len(skus)], "quantity": 1}],
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

    def await_status(self, placed: Placed, status: str, seconds: float | None = None) -> Any:
        def reached() -> Any:
            order = self.read(placed)
            return order if order["status"] == status else None

        return until(reached, seconds or self._patience_seconds, f"{placed.order_id} {status}")

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
        self.see_through(placed)
        return placed

    def see_through(self, placed: Placed) -> None:
        """From paying to the customer's hands."""
        self.pay(placed, "succeeded")
        self.await_status(placed, "confirmed")
        self.serve(placed)

    def leave(self, sku: str, quantity: int) -> None:
        """Somebody counts: that many are there, and nobody's yet."""
        counted = {"sku": sku, "store_id": STORE, "kind": "count", "quantity": quantity,
                   "reason": "drill"}  # fmt: skip
        answer = self.manager.insist("POST", "/v1/ops/stock/movements", counted, fresh("count"))
        if answer.status not in {200, 201}:
            raise Lost(f"counting {sku} answered {answer}")

    def send_again(self, store_id: str, order_ids: set[str]) -> None:
        """Press "send again" at every event about these orders that did not get through."""
        path = f"/v1/ops/stores/{store_id}/webhooks/deliveries"
        missed = {
            (delivery["order_id"], delivery["event_version"]): delivery["delivery_id"]
            for delivery in self.manager.list(path)
            if delivery["outcome"] == "failed" and delivery["order_id"] in order_ids
        }
        for delivery_id in missed.values():
            answer = self.manager.insist("POST", f"{path}/{delivery_id}/send-again")
            if answer.status != 200:
                raise Lost(f"sending {delivery_id} again answered {answer}")

    def open_incident(self) -> str | None:
        """The id of the incident that opened by itself, as the status page tells it."""
        told = self.visitor.get("/v1/status")["incidents"]
        found = (one["incident_id"] for one in told if one["cause"] == "database_unavailable")
        return next(found, None)

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

    def last_orders(self) -> None:
        """No new ones from now on."""
        self._over.set()

    def end(self, seconds: float) -> None:
        """Those under way come to their end."""
        self.last_orders()
        ends = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(ends - time.monotonic(), 0))
            if thread.is_alive():
                self.lost.append("a customer still waits")
