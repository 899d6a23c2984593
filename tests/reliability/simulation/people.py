"""Who acts in the simulation: customers with their devices, staff, and a merchant's system."""

from collections.abc import Callable
from typing import Any

import msgspec

from infra.local.counterparts.base_bank import OUTCOMES, Refused
from tests.factories import MARKET, NOODLES
from tests.http import GUEST_KEY
from tests.reliability.simulation.world import World

SHELF = ("apple", "bread", "milk", "last-cake", "breakfast")
STEPS = ("accept", "prepare", "ready", "ship", "deliver", "complete")
# What may be answered to anybody who asks for something reasonable at the wrong moment.
_PUT_OFF = frozenset({409, 412, 503})
CUSTOMERS = ("cus-ada", "cus-bob")


class Wish(msgspec.Struct):
    """An order as its customer's device remembers it."""

    key: str
    customer_id: str | None
    body: dict[str, Any]
    order_id: str = ""
    token: str = ""
    refused: str = ""
    pay_url: str = ""
    payments: int = 0


class People:
    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random
        self.wishes: list[Wish] = []

    def act(self) -> None:
        acts: list[tuple[int, Callable[[], None]]] = [
            (3, self.place), (2, self.place_again), (5, self.start_payment), (6, self.pay),
            (1, self.edit), (1, self.cancel), (7, self.step), (1, self.refund), (1, self.reject),
            (1, self.collect), (1, self.move_stock), (1, self.ask),
        ]  # fmt: skip
        weights = [weight for weight, _ in acts]
        self.random.choices([act for _, act in acts], weights)[0]()

    def place(self) -> None:
        if len(self.wishes) >= 7:
            return self.place_again()
        customer_id = self.random.choice((*CUSTOMERS, None))
        key = f"{GUEST_KEY}{len(self.wishes)}"
        wish = Wish(key=key, customer_id=customer_id, body=self._order())
        self.wishes.append(wish)
        return self._send(wish)

    def _order(self) -> dict[str, Any]:
        store_id = self.random.choice((MARKET, MARKET, NOODLES))
        kinds = {MARKET: ("pickup", "delivery"), NOODLES: ("pickup", "dine_in")}
        kind = self.random.choice(kinds[store_id])
        place = {"delivery": {"address": {"line1": "1 Long Lane"}}, "dine_in": {"table": "A1"}}
        contact: dict[str, str] = {"email": "ada@example.com"}
        if self.random.random() < 0.3:
            contact["phone"] = "+8613800138000"
        return {
            "store_id": store_id,
            "channel": "web",
            "fulfillment": {"type": kind, **place.get(kind, {})},
            "line_items": self._lines(),
            "contact": contact,
            "allow_duplicate": self.random.random() < 0.8,
        }

    def _lines(self) -> list[dict[str, Any]]:
        skus = self.random.sample(SHELF, self.random.randint(1, 3))
        return [{"sku": sku, "quantity": self.random.randint(1, 2)} for sku in skus]

    def _send(self, wish: Wish) -> None:
        answer = self.world.ask(
            "POST",
            "/v1/orders",
            wish.body,
            key=wish.key,
            authorization=self._as(wish, placing=True),
        )
        if answer is None or answer.status == 503:
            return
        if answer.status == 201:
            self._placed(wish, answer.json)
        elif answer.status == 409 and not wish.order_id:
            wish.refused = answer.code
        else:
            self.world.complain(f"placing {wish.key} answered {answer.status}: {answer.text}")

    def _placed(self, wish: Wish, order: dict[str, Any]) -> None:
        if wish.order_id not in {"", order["order_id"]}:
            self.world.complain(f"{wish.key} led to {wish.order_id} and to {order['order_id']}")
        wish.order_id = order["order_id"]
        wish.token = order.get("guest_token") or ""
        wish.refused = ""

    def place_again(self) -> None:
        """The device never heard, or the thumb was quick: the same key once more."""
        if self.wishes:
            self._send(self.random.choice(self.wishes))

    def _as(self, wish: Wish, *, placing: bool = False) -> str | None:
        if wish.customer_id:
            return self.world.customer(wish.customer_id)
        return None if placing else f"Guest {wish.token}"

    def _some_order(self) -> Wish | None:
        placed = [wish for wish in self.wishes if wish.order_id]
        return self.random.choice(placed) if placed else None

    def _try(self, wish: Wish, act: str, body: Any, good: int, **more: Any) -> Any:
        """POST to one's order; the answer when it was done."""
        path = f"/v1/orders/{wish.order_id}/{act}"
        answer = self.world.ask("POST", path, body, authorization=self._as(wish), **more)
        return self._judged(answer, f"{act} {wish.order_id}", good)

    def _judged(self, answer: Any, what: str, *good: int) -> Any:
        if answer is None or answer.status in _PUT_OFF:
            return None
        if answer.status not in good:
            self.world.complain(f"{what} answered {answer.status}: {answer.text}")
            return None
        return answer.json

    def start_payment(self) -> None:
        wish = self._some_order()
        if wish is None:
            return
        again = wish.payments and self.random.random() < 0.4
        wish.payments += not again
        on_site = wish.body["store_id"] == NOODLES and self.random.random() < 0.3
        body = {"provider": "sandbox", "method": "card"}
        if on_site:
            body = {"provider": "on_site", "method": "on_site"}
        key = f"pay-{wish.payments}{'-here' if on_site else ''}"
        answer = self._try(wish, "payments", body, 201, key=key)
        if answer and (url := answer["next_action"].get("url")):
            wish.pay_url = url

    def pay(self) -> None:
        payable = [wish for wish in self.wishes if wish.pay_url]
        if not payable:
            return
        wish = self.random.choice(payable)
        outcomes = [*OUTCOMES, "succeeded", "succeeded", "webhook_lost"]
        outcome = self.random.choice(outcomes)
        try:
            self.world.bank.pay(wish.pay_url.rpartition("/")[2], outcome)
        except Refused as refused:
            self.world.note(f"the bank refused: {refused.code}")
        else:
            self.world.note(f"paid for {wish.order_id}: {outcome}")

    def edit(self) -> None:
        wish = self._some_order()
        if wish is None:
            return
        answer = self.world.ask(
            "PATCH", f"/v1/orders/{wish.order_id}", {"line_items": self._lines()},
            authorization=self._as(wish), headers={"If-Match": "*"},
        )  # fmt: skip
        self._judged(answer, f"edit {wish.order_id}", 200)

    def cancel(self) -> None:
        wish = self._some_order()
        if wish:
            path = f"/v1/orders/{wish.order_id}/cancel"
            answer = self.world.ask("POST", path, {}, authorization=self._as(wish))
            self._judged(answer, f"cancel {wish.order_id}", 200, 202)

    def ask(self) -> None:
        """Did my order arrive?"""
        if not self.wishes:
            return
        wish = self.random.choice(self.wishes)
        path = f"/v1/orders/by-key/{wish.key}"
        answer = self.world.ask("GET", path, authorization=self._as(wish, placing=True))
        if answer is not None and answer.status == 200:
            self._placed(wish, {**answer.json, "guest_token": wish.token})
            if not wish.customer_id and not wish.token:
                wish.order_id = ""
        elif answer is not None and wish.order_id and answer.status != 503:
            self.world.complain(f"{wish.key} was placed and is not found: {answer.text}")

    def step(self) -> None:
        if wish := self._some_order():
            self.staff_act(wish, self.random.choice((*STEPS, "accept")))

    def reject(self) -> None:
        if wish := self._some_order():
            self.staff_act(wish, self.random.choice(("reject", "cancel")))

    def collect(self) -> None:
        wish = self._some_order()
        if wish and wish.body["store_id"] == NOODLES:
            self.staff_act(wish, "collect")

    def staff_act(self, wish: Wish, act: str) -> bool:
        answer = self.world.ask(
            "POST", f"/v1/ops/orders/{wish.order_id}/{act}", {},
            authorization=self.world.staff("clerk"), headers={"If-Match": "*"},
        )  # fmt: skip
        return bool(self._judged(answer, f"{act} {wish.order_id}", 200))

    def refund(self) -> None:
        wish = self._some_order()
        if wish is None:
            return
        amount = {"amount_minor": self.random.choice((1, 100, 350)), "currency": "CNY"}
        answer = self.world.ask(
            "POST", f"/v1/ops/orders/{wish.order_id}/refunds",
            {"amount": amount, "reason": "spilled"}, key=f"back-{self.random.randrange(3)}",
            authorization=self.world.staff("manager"),
        )  # fmt: skip
        self._judged(answer, f"refund {wish.order_id}", 201, 422)

    def move_stock(self) -> None:
        kind = self.random.choice(("receive", "damage", "adjust", "count"))
        moved = {
            "sku": self.random.choice(SHELF[:4]), "store_id": MARKET, "kind": kind,
            "quantity": self.random.choice((1, 2)) if kind != "count" else 40,
            "reason": "simulated",
        }  # fmt: skip
        answer = self.world.ask(
            "POST", "/v1/ops/stock/movements", moved, authorization=self.world.staff("manager")
        )
        self._judged(answer, f"moving {moved}", 200, 201)
