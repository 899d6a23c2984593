"""Many orders at a time, taken for later: each has its own outcome, and is placed once."""

from chalicelib.domain.ids import fresh
from tests import tokens
from tests.factories import MARKET, order_body, stock_of
from tests.services.intake import drain, status_of

CLERK = tokens.bearer("staff-cleo", "clerk", f"store:{MARKET}")
PATH = "/v1/ops/orders/import"


def item(**overrides):
    return {"idempotency_key": fresh("key"), "order": order_body(channel="kiosk", **overrides)}


def send(client, items, authorization=CLERK):
    return client.send("POST", PATH, {"items": items}, authorization=authorization)


def test_each_order_is_taken_or_refused_by_itself_and_placed_once(client):
    good, unknown = item(), item(line_items=[{"sku": "nothing", "quantity": 1}])
    elsewhere = item(store_id="sto_noodles")
    answer = send(client, [good, unknown, elsewhere])
    assert answer.status == 202
    taken, refused, foreign = answer.json["items"]
    assert (taken["status"], refused["code"], foreign["code"]) == (
        "received", "invalid_input", "store_not_found",
    )  # fmt: skip
    again = send(client, [good]).json["items"][0]
    assert again["order_id"] == taken["order_id"]
    assert drain() == []
    assert status_of(taken["order_id"]) == "placed"
    assert stock_of("apple") == (498, 2, 0)
    assert send(client, [good]).json["items"][0]["status"] == "placed"


def test_who_may_and_how_many(client):
    assert send(client, [item()], tokens.bearer("cus-ada")).status == 403
    assert send(client, [], CLERK).status == 422
    assert send(client, [item() for _ in range(26)]).status == 422
