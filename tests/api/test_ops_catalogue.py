"""Staff keep the catalogue: what they change is on sale with the next request."""

import pytest

from tests.factories import MARKET, NOODLES, order_body, put_stock
from tests.tokens import bearer

MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
CUSTOMER = bearer("cus-ada")
PRODUCT = f"/v1/ops/products/apple?store_id={MARKET}"


def a_new_product(**overrides):
    return {
        "store_id": MARKET,
        "sku": "NOO-BEEF",
        "name": {"en": "Beef Noodles", "zh-CN": "牛肉面"},
        "price": {"amount_minor": 2800, "currency": "CNY"},
        "category": "all",
        "barcode": "2000000052878",
        **overrides,
    }


def add(client, authorization=MANAGER, key=None, **overrides):
    body = a_new_product(**overrides)
    return client.send("POST", "/v1/ops/products", body, key=key, authorization=authorization)


def change(client, body, path=PRODUCT, if_match="*", authorization=MANAGER):
    headers = {"If-Match": if_match} if if_match else {}
    return client.send("PATCH", path, body, headers=headers, authorization=authorization)


def test_a_new_product_is_found_at_once_by_pinyin_and_barcode(client):
    added = add(client)
    assert added.status == 201, added.text
    for query in ("q=niurou", "q=nrm", "q=%E7%89%9B%E8%82%89", "barcode=2000000052878"):
        items = client.send("GET", f"/v1/products?store_id={MARKET}&{query}").json["items"]
        assert [item["sku"] for item in items] == ["NOO-BEEF"], query
    assert client.send("GET", added.headers["location"], authorization=CLERK).status == 200


def test_a_barcode_that_could_be_a_card_number_is_a_barcode(client):
    assert add(client, barcode="6901234560046").status == 201
    assert add(client, sku="S2", description={"en": "6901234560046"}).status == 422


def test_a_taken_sku_is_a_conflict_unless_it_is_the_same_request_again(client):
    assert add(client, key="key-1").status == 201
    again = add(client, key="key-1")
    assert again.status == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert add(client).code == "product_exists"


@pytest.mark.parametrize(
    ("overrides", "pointer"),
    [
        ({"price": {"amount_minor": 1, "currency": "USD"}}, "/price/currency"),
        ({"price": {"amount_minor": -1, "currency": "CNY"}}, "/price/amount_minor"),
        ({"barcode": "2000000052879"}, "/barcode"),
        ({"name": {"en": "  "}}, "/name"),
        ({"name": {"fr": "Pâtes"}}, "/name/fr"),
        ({"bundle_of": [{"sku": "none", "quantity": 1}]}, "/bundle_of/0/sku"),
        ({"bundle_of": [{"sku": "breakfast", "quantity": 1}]}, "/bundle_of/0/sku"),
        ({"surprise": 1}, "/surprise"),
        ({"sku": "NOO-BEEF\n"}, "/sku"),
        ({"category": "a b"}, "/category"),
        ({"images": ["javascript:alert(1)"]}, "/images/0"),
    ],
)
def test_what_cannot_be_sold_is_pointed_at(client, overrides, pointer):
    answer = add(client, **overrides)
    assert answer.status == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json["errors"]]


def test_a_changed_price_is_what_the_next_order_costs(client):
    changed = change(client, {"price": {"amount_minor": 400, "currency": "CNY"}})
    assert changed.status == 200, changed.text
    body = order_body(line_items=[{"sku": "apple", "quantity": 2}])
    order = client.send("POST", "/v1/orders", body, key="key-1", authorization=CUSTOMER)
    assert order.json["totals"]["subtotal"]["amount_minor"] == 800


def test_a_change_needs_the_state_that_it_was_based_on(client):
    assert change(client, {"active": False}, if_match=None).status == 428
    seen = client.send("GET", PRODUCT, authorization=CLERK).headers["etag"]
    assert change(client, {"active": False}, if_match=seen).status == 200
    assert change(client, {"active": True}, if_match=seen).status == 412


def test_the_tag_that_buyers_see_is_good_for_a_change_too(client):
    seen = client.send("GET", f"/v1/products/apple?store_id={MARKET}").headers["etag"]
    put_stock(MARKET, "apple", 9)
    assert change(client, {"active": False}, if_match=seen).status == 200


def test_what_is_off_sale_is_seen_by_staff_alone(client):
    change(client, {"active": False})
    assert client.send("GET", f"/v1/products/apple?store_id={MARKET}").status == 404
    listed = client.send("GET", f"/v1/ops/products?store_id={MARKET}", authorization=CLERK).json
    assert {item["sku"]: item["active"] for item in listed["items"]}["apple"] is False


def test_a_product_is_removed_only_when_nothing_of_it_is_left(client):
    left = client.send("DELETE", PRODUCT, authorization=MANAGER)
    assert (left.code, left.json["available"]) == ("stock_left", 500)
    put_stock(MARKET, "apple", 0)
    assert client.send("DELETE", PRODUCT, authorization=MANAGER).status == 204
    assert client.send("GET", PRODUCT, authorization=MANAGER).status == 404


def test_a_part_of_a_bundle_is_not_removed(client):
    put_stock(MARKET, "milk", 0)
    path = f"/v1/ops/products/milk?store_id={MARKET}"
    answer = client.send("DELETE", path, authorization=MANAGER)
    assert (answer.status, answer.json["bundles"]) == (409, ["breakfast"])


def test_only_managers_of_the_store_change_it(client):
    assert add(client, authorization=CLERK).status == 403
    assert add(client, authorization=CUSTOMER).status == 403
    assert add(client, authorization=None).status == 401
    assert add(client, store_id=NOODLES).status == 404


def test_a_change_leaves_what_was_before_in_the_audit_trail(client):
    change(client, {"price": {"amount_minor": 400, "currency": "CNY"}})
    (entry,) = client.send("GET", "/v1/ops/audit", authorization=MANAGER).json["items"]
    assert entry["before"]["price"]["amount_minor"] == 350
    assert entry["after"]["price"]["amount_minor"] == 400


def test_a_named_category_is_a_section_of_the_menu(client):
    path = "/v1/ops/categories/all"
    body = {"name": {"en": "Everything", "zh-CN": "全部"}}
    assert client.send("PUT", path, body, authorization=MANAGER).status == 200
    store = client.send("GET", f"/v1/stores/{MARKET}").json
    assert store["categories"] == [{"category": "all", "name": "Everything"}]
    found = client.send("GET", f"/v1/products?store_id={MARKET}&q=everything").json["items"]
    assert len(found) == 6
    assert client.send("PUT", path, {"name": {}}, authorization=MANAGER).status == 422
    assert client.send("PUT", path, body, authorization=CLERK).status == 403
    listed = client.send("GET", "/v1/ops/categories", authorization=CLERK).json["items"]
    assert listed == [{"category": "all", "name": body["name"]}]
