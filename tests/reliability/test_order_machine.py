"""Random lives of orders over the HTTP API, beside a small model that knows what must come out."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from chalicelib.services.verify_books import check_invariants
from tests import tokens
from tests.account import fresh_account
from tests.factories import MARKET, NOODLES, STOCK, open_shop, stock_of
from tests.http import Client
from tests.reliability.simulation.clock import now

SKU, PRICE = "bread", 1200
NEXT = {"accept": "accepted", "prepare": "preparing", "ready": "ready", "complete": "completed"}
FROM = {"accept": "confirmed", "prepare": "accepted", "ready": "preparing", "complete": "ready"}
STEPS = (*NEXT, "ship", "deliver")
OPEN = {"placed", "confirmed", "accepted", "preparing", "ready"}
EDITABLE = {"placed", "confirmed", "accepted"}
PLENTY = STOCK[SKU] - 4


class Expected:
    """What the model knows of one order."""

    def __init__(self, key: str, quantity: int) -> None:
        self.key = key
        self.placed_quantity = self.quantity = quantity
        self.order_id = ""
        self.status = "placed"
        self.version = 1
        self.is_payable_on_site = True
        self.captured = self.refunded = 0

    @property
    def total(self) -> int:
        return self.quantity * PRICE + round(self.quantity * PRICE * 0.13)

    @property
    def due(self) -> int:
        return self.total - self.captured + self.refunded

    @property
    def reserved(self) -> int:
        return self.quantity if self.status in OPEN else 0


class OrderMachine(RuleBasedStateMachine):
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.account = fresh_account()
        self.account.__enter__()
        open_shop()
        self.entered = Client()
        self.client = self.entered.__enter__()
        self.known: list[Expected] = []
        scope = (f"store:{MARKET}", f"store:{NOODLES}")
        self.customer = tokens.bearer("cus-ada")
        self.staff = tokens.bearer("staff-mo", "manager", *scope)

    def teardown(self) -> None:
        try:
            assert check_invariants(now()) == []
        finally:
            self.entered.__exit__(None, None, None)
            self.account.__exit__(None, None, None)

    def ask(self, method: str, path: str, body: Any = None, *, staff: bool = False, **more: Any):
        who = self.staff if staff else self.customer
        return self.client.send(method, path, body, authorization=who, **more)

    def body(self, quantity: int) -> dict[str, Any]:
        return {
            "store_id": NOODLES, "channel": "web", "fulfillment": {"type": "pickup"},
            "line_items": [{"sku": SKU, "quantity": quantity}], "allow_duplicate": True,
        }  # fmt: skip

    @property
    def available(self) -> int:
        taken = sum(
            order.quantity for order in self.known if order.status not in {"canceled", "rejected"}
        )
        return STOCK[SKU] - taken

    @rule(target=orders, quantity=st.sampled_from([1, 2, 3, PLENTY]))
    def place(self, quantity: int) -> Expected | None:
        order = Expected(f"key-{len(self.known)}", quantity)
        fits = quantity <= self.available
        answer = self.ask("POST", "/v1/orders", self.body(quantity), key=order.key)
        assert (answer.status, answer.status == 201 or answer.code) == (
            (201, True) if fits else (409, "out_of_stock")
        )
        if not fits:
            order.status = "canceled"  # like one that holds nothing; its key stays free
            return order
        order.order_id = answer.json["order_id"]
        self.known.append(order)
        return order

    @rule(order=orders, other=st.booleans())
    def place_again(self, order: Expected, other: bool) -> None:
        if not order.order_id:
            return
        quantity = order.placed_quantity + other
        answer = self.ask("POST", "/v1/orders", self.body(quantity), key=order.key)
        if other:
            assert (answer.status, answer.code) == (422, "idempotency_key_reused")
            return
        assert answer.status == 201
        assert answer.headers["idempotent-replayed"] == "true"
        assert answer.json["version"] == order.version

    @rule(order=orders)
    def pay_on_site(self, order: Expected) -> None:
        if not order.order_id:
            return
        wish = {"provider": "on_site", "method": "on_site"}
        path = f"/v1/orders/{order.order_id}/payments"
        answer = self.ask("POST", path, wish, key=f"pay-{order.version}")
        if order.status == "placed":
            assert answer.status == 201, answer.text
            self.moved(order, "confirmed")
        elif answer.status != 201:
            assert answer.code in {"order_not_payable", "already_paid"}

    @rule(order=orders)
    def collect(self, order: Expected) -> None:
        answer = self.staff_act(order, "collect")
        if answer is None:
            return
        if order.due <= 0 or order.status not in OPEN:
            assert answer.code in {"already_paid", "order_not_payable"}
            return
        assert answer.status == 200, answer.text
        order.captured += order.due
        confirms = order.status == "placed"
        self.moved(order, "confirmed" if confirms else order.status, by=1 + confirms)

    @rule(order=orders, act=st.sampled_from(STEPS), match=st.sampled_from(["*", "now", "old", ""]))
    def step(self, order: Expected, act: str, match: str) -> None:
        tag = {"*": "*", "now": f'"{order.version}"', "old": '"0"', "": None}[match]
        answer = self.staff_act(order, act, tag)
        if answer is None:
            return
        if match in {"", "old"}:
            assert answer.status == (412 if match else 428)
        elif act == "accept" and order.status == "accepted":
            assert answer.status == 200
        elif FROM.get(act) != order.status:
            assert (answer.status, answer.code) == (409, "invalid_transition")
            assert set(answer.json["allowed"]) == self.allowed(order)
        elif act == "complete" and order.due > 0:
            assert (answer.status, answer.code) == (409, "payment_due")
        else:
            assert answer.status == 200, answer.text
            self.moved(order, NEXT[act])

    @rule(order=orders, quantity=st.integers(1, 3))
    def edit(self, order: Expected, quantity: int) -> None:
        if not order.order_id or order.captured:
            return
        lines = {"line_items": [{"sku": SKU, "quantity": quantity}]}
        more = quantity - order.quantity
        fits = more <= self.available
        path, headers = f"/v1/orders/{order.order_id}", {"If-Match": "*"}
        answer = self.ask("PATCH", path, lines, headers=headers)
        if order.status not in EDITABLE:
            assert (answer.status, answer.code) == (409, "order_not_editable")
        elif not fits:
            assert (answer.status, answer.code) == (409, "out_of_stock")
        else:
            assert answer.status == 200, answer.text
            order.quantity = quantity
            order.version = answer.json["version"]

    @rule(order=orders)
    def cancel(self, order: Expected) -> None:
        if not order.order_id:
            return
        answer = self.ask("POST", f"/v1/orders/{order.order_id}/cancel", {})
        if order.status in {"placed", "confirmed", "canceled"}:
            assert answer.status == 200, answer.text
            self.gave_back(order, "canceled")
        elif order.status in OPEN:
            assert answer.status == 202
            order.version += 1
        else:
            assert (answer.status, answer.code) == (409, "invalid_transition")

    @rule(order=orders)
    def reject(self, order: Expected) -> None:
        answer = self.staff_act(order, "reject")
        if answer is not None and order.status == "confirmed":
            assert answer.status == 200, answer.text
            self.gave_back(order, "rejected")
        elif answer is not None:
            assert (answer.status, answer.code) == (409, "invalid_transition")

    @rule(order=orders, amount=st.sampled_from([1, 500, 5000]))
    def refund(self, order: Expected, amount: int) -> None:
        if not order.order_id:
            return
        money = {"amount_minor": amount, "currency": "CNY"}
        answer = self.ask(
            "POST", f"/v1/ops/orders/{order.order_id}/refunds",
            {"amount": money, "reason": "spilled"}, staff=True, key=f"back-{order.version}",
        )  # fmt: skip
        if amount <= order.captured - order.refunded:
            assert (answer.status, answer.json["status"]) == (201, "succeeded")
            order.refunded += amount
            order.version = self.read(order)["version"]
        else:
            assert (answer.status, answer.code) == (409, "refund_exceeds_captured")

    @invariant()
    def the_orders_are_as_expected(self) -> None:
        for order in self.known[-2:]:
            found = self.read(order)
            assert (found["status"], found["version"]) == (order.status, order.version)
            versions = [event["version"] for event in found["events"]]
            assert versions == list(range(1, order.version + 1))

    @invariant()
    def the_stock_is_as_expected(self) -> None:
        available, reserved, sold = stock_of(SKU, NOODLES)
        assert reserved == sum(order.reserved for order in self.known)
        assert sold == sum(o.quantity for o in self.known if o.status == "completed")
        assert available == self.available

    def staff_act(self, order: Expected, act: str, tag: str | None = "*") -> Any:
        if not order.order_id:
            return None
        headers = {"If-Match": tag} if tag else {}
        path = f"/v1/ops/orders/{order.order_id}/{act}"
        return self.ask("POST", path, {}, staff=True, headers=headers)

    def allowed(self, order: Expected) -> set[str]:
        acts = {act for act, status in FROM.items() if status == order.status}
        acts |= {"reject"} if order.status == "confirmed" else set()
        return acts | ({"cancel"} if order.status in OPEN else set())

    def moved(self, order: Expected, status: str, by: int = 1) -> None:
        order.status = status
        order.version += by

    def gave_back(self, order: Expected, status: str) -> None:
        """An ending, with all the money of the order."""
        order.status = status
        order.refunded = order.captured
        order.version = self.read(order)["version"]

    def read(self, order: Expected) -> dict[str, Any]:
        return self.ask("GET", f"/v1/orders/{order.order_id}").json


@pytest.mark.timeout(300)
class TestOrderMachine(OrderMachine.TestCase):
    settings = settings(
        max_examples=10, stateful_step_count=20, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
