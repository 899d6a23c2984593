"""How a bad request is made and what it must be answered with."""

from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from tests import tokens
from tests.factories import MARKET, order_body
from tests.http import GUEST_KEY, Answer, Client

Send = Callable[[Client], Answer]
_keys = count()
JSON = {"Content-Type": "application/json"}


class Bad(NamedTuple):
    """`number` is the case's in the catalogue; `status` what the contract answers."""

    number: int
    what: str
    send: Send
    status: int
    code: str | None = None

    @property
    def id(self) -> str:
        return f"BAD-{self.number:03d}-{self.what}"


def fresh_key() -> str:
    return f"{GUEST_KEY}bad-{next(_keys)}"


def customer(name: str = "cus-ada") -> str:
    return tokens.bearer(name)


def staff(role: str = "manager") -> str:
    return tokens.bearer(f"staff-{role}", role, f"store:{MARKET}")


def sent(body: Any, **more: Any) -> Send:
    """Posted as an order."""
    return lambda client: client.send("POST", "/v1/orders", body, **{"key": fresh_key(), **more})


def raw(data: bytes, content_type: str = "application/json", **more: str) -> Send:
    """Bytes that are no order, whatever they claim to be."""

    def send(client: Client) -> Answer:
        headers = {"Content-Type": content_type, **more}
        return client.send("POST", "/v1/orders", raw=data, key=fresh_key(), headers=headers)

    return send


def order(**overrides: Any) -> Send:
    """A whole order but for what is overridden."""
    return sent(order_body(allow_duplicate=True, **overrides))


def line(**overrides: Any) -> Send:
    return order(line_items=[{"sku": "apple", "quantity": 1, **overrides}])


def asked(method: str, path: str, body: Any = None, **more: Any) -> Send:
    return lambda client: client.send(method, path, body, **more)


def placed(client: Client, who: str | None = None, **overrides: Any) -> dict[str, Any]:
    """An order to do something bad to."""
    body = order_body(allow_duplicate=True, **overrides)
    answer = client.send(
        "POST", "/v1/orders", body, key=fresh_key(), authorization=who or customer()
    )
    assert answer.status == 201, answer.text
    return answer.json


def to_an_order(method: str, path: str, body: Any = None, who: str = "", **more: Any) -> Send:
    """On an order of the customer's own, at `/v1/orders/{id}` or `/v1/ops/orders/{id}` + path."""

    def send(client: Client) -> Answer:
        order_id = placed(client)["order_id"]
        root = "/v1/ops/orders" if who else "/v1/orders"
        return client.send(
            method, f"{root}/{order_id}{path}", body, authorization=who or customer(), **more
        )

    return send
