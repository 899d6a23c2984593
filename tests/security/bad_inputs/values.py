"""Values that make no sense: money, quantities, keys, cards (cases 27 to 45 and 109)."""

from typing import Any

from tests.factories import order_body
from tests.http import GUEST_KEY, Answer, Client
from tests.security.bad_inputs.asking import (
    JSON,
    Bad,
    asked,
    customer,
    fresh_key,
    line,
    order,
    placed,
    raw,
    sent,
    staff,
    to_an_order,
)

_INVALID = "invalid_input"
_CARD = "4111 1111 1111 1111"
_TOTAL = {"amount_minor": 2147, "currency": "CNY"}  # of the order that `order()` places


def _quantity(text: str) -> bytes:
    whole = '{"store_id": "sto_market", "channel": "web", "fulfillment": {"type": "pickup"},'
    return f'{whole} "line_items": [{{"sku": "apple", "quantity": {text}}}]}}'.encode()


def _expected(**money: Any) -> dict[str, Any]:
    return {"expected_total": {"amount_minor": 2148, "currency": "CNY", **money}}


def _refunded(amount: Any) -> Any:
    body = {"amount": {"amount_minor": amount, "currency": "CNY"}, "reason": "spilled"}
    return to_an_order("POST", "/refunds", body, staff(), key="refund-1")


def _with_key(key: str) -> Any:
    return sent(order_body(allow_duplicate=True), key=key)


def _other_body_same_key(client: Client) -> Answer:
    key = fresh_key()
    assert (
        client.send("POST", "/v1/orders", order_body(allow_duplicate=True), key=key).status == 201
    )
    changed = order_body(allow_duplicate=True, note="another")
    return client.send("POST", "/v1/orders", changed, key=key)


def _anothers_key(client: Client) -> Answer:
    key, body = fresh_key(), order_body(allow_duplicate=True)
    first = client.send("POST", "/v1/orders", body, key=key, authorization=customer())
    second = client.send("POST", "/v1/orders", body, key=key, authorization=customer("cus-bob"))
    assert first.json["order_id"] != second.json["order_id"]
    return second


def _key_of_a_refused(client: Client) -> Answer:
    key = fresh_key()
    assert client.send("POST", "/v1/orders", order_body(note=7), key=key).status == 422
    return client.send("POST", "/v1/orders", order_body(allow_duplicate=True), key=key)


def _refund_of_another(client: Client) -> Answer:
    lines = {"line_items": [{"line_id": "line_9", "quantity": 1}], "reason": "x"}
    path = f"/v1/ops/orders/{placed(client)['order_id']}/refunds"
    return client.send("POST", path, lines, authorization=staff(), key="refund-1")


VALUES = [
    *(
        Bad(27, f"quantity-{text}", raw(_quantity(text)), 422, _INVALID)
        for text in ("0", "-1", "1.5", '"1"', "1e3", "true", "null", str(2**31), str(2**63))
    ),
    *(
        Bad(28, f"client-says-{name}", order(**{name: value}), 422, _INVALID)
        for name, value in {"totals": {"total": 1}, "tax": 0, "total": 1}.items()
    ),
    Bad(28, "client-says-price", line(unit_price={"amount_minor": 1, "currency": "CNY"}), 422,
        _INVALID),
    Bad(29, "one-minor-unit-off", order(**_expected()), 409, "price_changed"),
    *(
        Bad(30, f"currency-{name}", order(**_expected(currency=name)), 422, _INVALID)
        for name in ("cny", "¥", "CN", "")
    ),
    Bad(30, "other-currency", order(**_expected(currency="USD")), 409, "price_changed"),
    *(
        Bad(31, f"amount-{amount}", order(**_expected(amount_minor=amount)), 422, _INVALID)
        for amount in (0.30000000000000004, "2147", True)
    ),
    Bad(34, "above-captured", _refunded(1), 409, "refund_exceeds_captured"),
    Bad(34, "of-another-order", _refund_of_another, 422, _INVALID),
    *(Bad(34, f"of-{amount}", _refunded(amount), 422, _INVALID) for amount in (0, -1, 1.5)),
    Bad(35, "all-lines-full",
        order(line_items=[{"sku": "apple", "quantity": 999}] * 40), 409, "out_of_stock"),
    Bad(36, "39-digits", raw(_quantity("9" * 39)), 400, "malformed_request"),
    Bad(37, "no-key", sent(order_body(), key=None), 400, "idempotency_key_required"),
    *(
        Bad(38, name, _with_key(key), 400, "idempotency_key_invalid")
        for name, key in {"256-characters": "k" * 256, "with-a-space": f"{GUEST_KEY} x"}.items()
    ),
    Bad(38, "empty", sent(order_body(), key=""), 400),
    Bad(39, "other-body", _other_body_same_key, 422, "idempotency_key_reused"),
    Bad(41, "anothers-key", _anothers_key, 201),
    Bad(42, "key-of-a-refused", _key_of_a_refused, 201),
    Bad(45, "guessed-id", asked("GET", "/v1/orders/ord_" + "0" * 26, authorization=customer()), 404,
        "order_not_found"),
    *(
        Bad(109, f"card-in-{name}", order(**field), 422, _INVALID)
        for name, field in {
            "note": {"note": _CARD},
            "name": {"contact": {"name": "4111111111111111"}},
            "address": {"fulfillment": {"type": "delivery", "address": {"line1": _CARD}}},
        }.items()
    ),
    Bad(109, "card-in-reason", to_an_order("POST", "/cancel", {"reason": _CARD}, headers=JSON), 422,
        _INVALID),
]  # fmt: skip
