"""Many orders at a time, taken for later: each has its own outcome, and is placed once."""

from chalicelib.domain.api_keys import NewApiKey
from chalicelib.domain.ids import fresh
from chalicelib.services import api_keys
from tests import tokens
from tests.factories import MANAGER, MARKET, order_body, stock_of
from tests.services.intake import drain, now, publish, status_of
from tests.support.outage import outage

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


def test_without_tables_a_kiosk_orders_by_its_key_and_in_bulk_as_on_every_day(client):
    kiosk = f"Bearer {a_kiosk()}"
    publish()
    one, many = item(), [item(), item()]
    with outage("dynamodb"):
        assert placed_by(client, kiosk, one).status == 202
        taken = send(client, many, kiosk).json["items"]
        assert [each["status"] for each in taken] == ["received", "received"]
        again = send(client, many, kiosk).json["items"]
        assert again == taken
        assert send(client, [item()], "Bearer dk_1_none").status == 503, "it may be a new one"
    assert drain() == []
    assert {status_of(each["order_id"]) for each in taken} == {"placed"}


def test_without_tables_a_key_that_was_revoked_is_not_taken(client):
    kiosk = a_kiosk()
    api_keys.revoke(api_keys.list_for(MANAGER)[0].key_id, MANAGER, now())
    publish()
    with outage("dynamodb"):
        assert placed_by(client, f"Bearer {kiosk}", item()).status == 503


def a_kiosk():
    wanted = NewApiKey(name="Kiosk 1", role="clerk", store_ids=[MARKET])
    return api_keys.create(wanted, MANAGER, None, now()).key


def placed_by(client, kiosk, one):
    return client.send(
        "POST", "/v1/orders", one["order"], key=one["idempotency_key"], authorization=kiosk
    )


def test_who_may_and_how_many(client):
    assert send(client, [item()], tokens.bearer("cus-ada")).status == 403
    assert send(client, [], CLERK).status == 422
    assert send(client, [item() for _ in range(26)]).status == 422
