"""The people of a story: they speak HTTP to the running stage, as their devices would."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple

from chalicelib.domain.ids import fresh
from infra.local.accounts import SIGN_IN_WITH

_TIMEOUT_SECONDS = 30
_PATIENCE = 60.0  # seconds


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    json: Any


class Person:
    """Somebody with a device; signed in when `email` is given."""

    def __init__(self, url: str, email: str | None = None) -> None:
        self.url = url
        self.authorization: str | None = None
        if email:
            body = {"email": email, "password": SIGN_IN_WITH}
            signed_in = self.send("POST", "/v1/auth/sign-in", body)
            assert signed_in.status == 200, signed_in.json
            self.authorization = f"Bearer {signed_in.json['access_token']}"

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Header names in keywords take `_` for `-`: `if_match='"3"'`."""
        sent = {"Content-Type": "application/json", "Accept": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.authorization:
            sent.setdefault("Authorization", self.authorization)
        url = path if path.startswith("http") else self.url + path
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
                return _answer(answer.status, answer)
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error.code, error)

    def get(self, path: str) -> Any:
        answer = self.send("GET", path)
        assert answer.status == 200, answer.json
        return answer.json


def _answer(status: int, answer: Any) -> Answer:
    text = answer.read().decode()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    is_json = "json" in headers.get("content-type", "")
    return Answer(status, headers, json.loads(text) if is_json else text)


class Customer(Person):
    def place(self, store_id: str = "sto_market", key: str | None = None, **wish: Any) -> Answer:
        body = {
            "store_id": store_id,
            "channel": "web",
            "fulfillment": {"type": "pickup"},
            "allow_duplicate": True,
            **wish,
        }
        return self.send("POST", "/v1/orders", body, idempotency_key=key or fresh("key"))

    def pay(self, order: dict[str, Any], outcome: str | None, **wish: Any) -> Any:
        wish = {"provider": "sandbox", "method": "card", **wish}
        path = f"/v1/orders/{order['order_id']}/payments"
        started = self.send("POST", path, wish, idempotency_key=fresh("key"))
        assert started.status == 201, started.json
        if outcome:
            page = self.page_of(started.json)
            paid = Person(self.url).send("POST", page, {"outcome": outcome})
            assert paid.status == 200, paid.json
        return started.json

    def page_of(self, payment: dict[str, Any]) -> str:
        """Where a script says what becomes of it, also of a card typed into the shop's fields."""
        action = payment["next_action"]
        if page := action.get("url") or action.get("qr_data"):
            return str(page)
        reference = action["client_secret"].partition("_secret_")[0]
        return f"{self.url}/_local/{payment['provider']}/pay/{reference}"

    def order(self, order: dict[str, Any]) -> Any:
        return self.get(f"/v1/orders/{order['order_id']}")

    def wait_for(self, order: dict[str, Any], status: str, seconds: float = _PATIENCE) -> Any:
        return until(lambda: self.order(order), lambda o: o["status"] == status, seconds)


class Guest(Customer):
    """Holds the token of the one order that was placed."""

    def place(self, *args: Any, **wish: Any) -> Answer:
        placed = super().place(*args, **wish)
        if placed.status == 201:
            self.authorization = f"Guest {placed.json['guest_token']}"
        return placed


class Staff(Person):
    def act(self, order: dict[str, Any], name: str, body: Any = None) -> Answer:
        path = f"/v1/ops/orders/{order['order_id']}/{name}"
        return self.send("POST", path, body or {}, if_match="*")

    def take_through(self, order: dict[str, Any], *acts: str) -> Any:
        for name in acts:
            answer = self.act(order, name)
            assert answer.status == 200, (name, answer.json)
        return answer.json

    def sweep(self) -> Any:
        """What a busy machine does not answer in time is asked again, as the answer says."""
        answer = until(
            lambda: self.send("POST", "/v1/ops/sweeps", {}), lambda known: known.status != 503
        )
        assert answer.status == 200, answer.json
        return answer.json

    def set_rule(self, rule: str, **changes: Any) -> dict[str, Any]:
        """The rule as it was before."""
        rules = {item["rule"]: item for item in self.get("/v1/ops/rules")["items"]}
        answer = self.send("PUT", f"/v1/ops/rules/{rule}", {**rules[rule], **changes})
        assert answer.status == 200, answer.json
        return rules[rule]

    def case(self, rule: str, order: dict[str, Any]) -> Any:
        """The open case of that rule about that order, or None."""
        items = self.get(f"/v1/ops/exceptions?status=open&rule={rule}&limit=100")["items"]
        return next((c for c in items if c["subject"]["id"] == order["order_id"]), None)


def until(read: Callable[[], Any], holds: Callable[[Any], bool], seconds: float = _PATIENCE) -> Any:
    """What `read` gives once it `holds`; fails with the last of it after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = read()
        if holds(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
