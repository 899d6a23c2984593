"""Staff move stock: each movement once, with its row, and the books balance."""

import csv
import io

import pytest

from chalicelib.domain.stock_drift import drift_of
from chalicelib.store import stock_levels
from tests.factories import MARKET, NOODLES, NOW, order_body, stock_of
from tests.tokens import bearer

MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}", f"store:{NOODLES}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
CUSTOMER = bearer("cus-ada")
MOVEMENTS = "/v1/ops/stock/movements"


def move(client, authorization=MANAGER, key=None, **overrides):
    body = {
        "sku": "apple", "store_id": MARKET, "kind": "receive", "quantity": 10,
        "reason": "Morning delivery", **overrides,
    }  # fmt: skip
    return client.send("POST", MOVEMENTS, body, key=key, authorization=authorization)


def order(client, quantity, key="key-1"):
    body = order_body(line_items=[{"sku": "apple", "quantity": quantity}])
    return client.send("POST", "/v1/orders", body, key=key, authorization=CUSTOMER)


def level(store_id=MARKET, sku="apple"):
    found = stock_levels.find_levels(store_id, [sku])[sku]
    assert drift_of(found, NOW).faults == ()
    return found


def test_received_units_can_be_bought_at_once(client):
    answer = move(client, sku="last-cake")
    assert answer.status == 201, answer.text
    assert answer.json["level"]["available"] == 11
    assert client.send("GET", f"/v1/products/last-cake?store_id={MARKET}").json["available"] == 11


def test_the_same_key_moves_once(client):
    first, again = move(client, key="key-1"), move(client, key="key-1")
    assert (again.status, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json == first.json
    assert level().available == 510
    other = move(client, key="key-1", quantity=11)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    elsewhere = move(client, key="key-1", store_id=NOODLES)
    assert elsewhere.code == "idempotency_key_reused"


def test_without_a_key_each_request_moves(client):
    move(client)
    move(client)
    assert level().available == 520


def test_a_count_states_what_is_physically_there(client):
    order(client, 100)
    answer = move(client, kind="count", quantity=450)
    assert answer.json["level"]["available"] == 350
    assert answer.json["changes"] == {"available": -50, "written_off": 50}
    assert level().reserved == 100


def test_a_count_below_what_is_reserved_leaves_nothing_to_sell(client):
    order(client, 100)
    counted = move(client, kind="count", quantity=97).json["level"]
    assert (counted["available"], counted["shortfall"]) == (0, 3)
    assert order(client, 1, "key-2").code == "out_of_stock"


def test_units_that_come_in_first_make_up_for_those_that_were_missing(client):
    order(client, 100)
    move(client, kind="count", quantity=97)
    received = move(client, quantity=10).json["level"]
    assert (received["available"], received["shortfall"]) == (7, 0)
    assert level().on_hand == 107


def test_a_released_unit_that_is_missing_is_not_sold_again(client):
    order_id = order(client, 100).json["order_id"]
    move(client, kind="count", quantity=97)
    client.send("POST", f"/v1/orders/{order_id}/cancel", {}, authorization=CUSTOMER)
    shown = client.send("GET", f"/v1/products/apple?store_id={MARKET}").json
    assert shown["available"] == 97
    assert level().on_hand == 97


def test_damage_is_written_off_and_an_adjustment_goes_both_ways(client):
    move(client, kind="damage", quantity=5)
    move(client, kind="adjust", quantity=-3)
    move(client, kind="adjust", quantity=2)
    assert (level().available, level().written_off, level().received) == (494, 8, 502)


def test_a_transfer_leaves_one_store_and_reaches_the_other(client):
    answer = move(client, kind="transfer", quantity=20, to_store_id=NOODLES, key="key-1")
    assert answer.status == 201, answer.text
    move(client, kind="transfer", quantity=20, to_store_id=NOODLES, key="key-1")
    assert level().available == 480
    assert level(NOODLES).available == 520


def test_more_than_is_free_cannot_be_taken(client):
    order(client, 100)
    for kind, extra in (("damage", {}), ("transfer", {"to_store_id": NOODLES})):
        answer = move(client, kind=kind, quantity=401, **extra)
        assert (answer.status, answer.json["available"]) == (409, 400)
    assert stock_of("apple") == (400, 100, 0)


@pytest.mark.parametrize(
    ("overrides", "pointer"),
    [
        ({"quantity": 0}, "/quantity"),
        ({"quantity": 1.5}, "/quantity"),
        ({"quantity": 10**9}, "/quantity"),
        ({"kind": "count", "quantity": -1}, "/quantity"),
        ({"kind": "steal"}, "/kind"),
        ({"kind": "settle"}, "/kind"),
        ({"kind": "transfer"}, "/to_store_id"),
        ({"kind": "transfer", "to_store_id": MARKET}, "/to_store_id"),
        ({"to_store_id": NOODLES}, "/to_store_id"),
        ({"sku": "none"}, "/sku"),
        ({"sku": "breakfast"}, "/sku"),
        ({"reason": ""}, "/reason"),
    ],
)
def test_movements_that_make_no_sense_are_pointed_at(client, overrides, pointer):
    answer = move(client, **overrides)
    assert answer.status == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    assert stock_of("apple") == (500, 0, 0)


def test_only_managers_of_the_store_move_stock(client):
    assert move(client, authorization=CLERK).status == 403
    assert move(client, authorization=None).status == 401
    elsewhere = bearer("staff-ned", "manager", f"store:{NOODLES}")
    assert move(client, authorization=elsewhere).status == 404


def test_staff_list_and_search_the_stock_of_their_stores(client):
    items = client.send("GET", "/v1/ops/stock", authorization=CLERK).json["items"]
    assert {item["store_id"] for item in items} == {MARKET}
    assert "breakfast" not in {item["sku"] for item in items}
    found = client.send("GET", "/v1/ops/stock?q=apple&limit=1", authorization=MANAGER).json
    rest = client.send(
        "GET", f"/v1/ops/stock?q=apple&limit=1&cursor={found['next_cursor']}", authorization=MANAGER
    ).json
    assert [i["store_id"] for i in found["items"] + rest["items"]] == [MARKET, NOODLES]
    assert client.send("GET", "/v1/ops/stock", authorization=CUSTOMER).status == 403


def test_movements_are_listed_newest_first_and_by_sku(client):
    for sku in ("apple", "bread", "apple"):
        move(client, sku=sku)
    path = f"{MOVEMENTS}?store_id={MARKET}"
    first = client.send("GET", f"{path}&limit=2", authorization=CLERK).json
    assert [row["sku"] for row in first["items"]] == ["apple", "bread"]
    rest = client.send(
        "GET", f"{path}&limit=2&cursor={first['next_cursor']}", authorization=CLERK
    ).json
    assert [row["sku"] for row in rest["items"]] == ["apple"]
    assert rest["next_cursor"] is None
    of_bread = client.send("GET", f"{path}&sku=bread", authorization=CLERK).json["items"]
    assert len(of_bread) == 1


def upload(client, text, key=None, content_type="text/csv", authorization=MANAGER):
    return client.send(
        "POST", f"/v1/ops/stock/import?store_id={MARKET}", raw=text.encode(), key=key,
        headers={"Content-Type": content_type}, authorization=authorization,
    )  # fmt: skip


def test_an_exported_file_can_be_counted_and_imported(client):
    exported = client.send("GET", f"/v1/ops/stock/export?store_id={MARKET}", authorization=CLERK)
    assert exported.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(exported.text.removeprefix("\ufeff"))))
    assert [row["sku"] for row in rows] == ["apple", "bread", "milk", "last-cake", "tea"]
    counted = "\ufeffsku;quantity\r\n" + "".join(f"{row['sku']};9\r\n" for row in rows)
    assert upload(client, counted).json == {"applied": 5, "replayed": 0, "failed": []}
    assert level().available == 9


def test_an_imported_file_with_a_key_moves_once(client):
    text = "sku,kind,quantity,reason\napple,receive,5,\nbread,damage,999,broken\n"
    first = upload(client, text, key="key-1").json
    assert (first["applied"], [f["code"] for f in first["failed"]]) == (1, ["out_of_stock"])
    assert upload(client, text, key="key-1").json["replayed"] == 1
    assert level().available == 505
    assert upload(client, text.replace("5", "6"), key="key-1").code == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("sku,amount\napple,1\n", "/quantity"),
        ("sku,quantity\napple,many\n", "/rows/0/quantity"),
        ("sku,quantity\napple,1\nnone,1\n", "/rows/1/sku"),
        ("sku,kind,quantity\napple,receive,0\n", "/rows/0/quantity"),
        ("sku,quantity\n", ""),
        ("", "/sku"),
    ],
)
def test_a_file_with_a_row_that_makes_no_sense_moves_nothing(client, text, pointer):
    answer = upload(client, text)
    assert answer.status == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    assert stock_of("apple") == (500, 0, 0)


def test_a_file_of_another_kind_is_refused(client):
    assert upload(client, "{}", content_type="application/json").status == 415
    assert upload(client, "x" * 300_000).status == 413
    assert upload(client, "sku,quantity\napple,1\n", authorization=CLERK).status == 403
