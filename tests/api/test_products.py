"""Products over HTTP: listed, searched, scanned, with live stock."""

from tests.factories import MARKET, put_stock


def listed(client, **query):
    pairs = "&".join(f"{name}={value}" for name, value in {"store_id": MARKET, **query}.items())
    answer = client.send("GET", f"/v1/products?{pairs}")
    assert answer.status == 200, answer.text
    return answer.json


def test_a_product_has_its_live_price_and_stock(client):
    apple = client.send("GET", f"/v1/products/apple?store_id={MARKET}").json
    assert apple["price"] == {"amount_minor": 350, "currency": "CNY"}
    assert apple["available"] == 500
    assert apple["options"] == []
    assert apple["bundle_of"] is None
    put_stock(MARKET, "apple", 7)
    assert client.send("GET", f"/v1/products/apple?store_id={MARKET}").json["available"] == 7


def test_as_many_bundles_can_be_had_as_the_scarcest_part_allows(client):
    put_stock(MARKET, "milk", 3)
    bundle = client.send("GET", f"/v1/products/breakfast?store_id={MARKET}").json
    assert bundle["available"] == 3
    assert [part["sku"] for part in bundle["bundle_of"]] == ["bread", "milk"]


def test_what_is_sold_out_is_still_shown(client):
    put_stock(MARKET, "apple", 0)
    items = {item["sku"]: item for item in listed(client)["items"]}
    assert items["apple"]["available"] == 0


def test_texts_are_in_the_language_asked_for(client):
    path = f"/v1/products/tea?store_id={MARKET}"
    chinese = client.send("GET", path, headers={"Accept-Language": "zh-CN"}).json
    english = client.send("GET", path).json
    assert (chinese["name"], english["name"]) == ("商品tea", "Tea")
    assert chinese["options"][0]["choices"][1]["name"] == "大"


def test_pages_follow_each_other_without_a_gap(client):
    first = listed(client, limit=4)
    second = listed(client, limit=4, cursor=first["next_cursor"])
    assert len(first["items"]) == 4
    assert second["next_cursor"] is None
    skus = [item["sku"] for item in first["items"] + second["items"]]
    assert skus == ["apple", "bread", "milk", "last-cake", "tea", "breakfast"]


def test_a_cursor_is_good_for_its_own_list_alone(client):
    cursor = listed(client, limit=1)["next_cursor"]
    for query in (
        f"store_id={MARKET}&q=tea&cursor={cursor}",
        f"store_id={MARKET}&cursor=x{cursor}",
    ):
        answer = client.send("GET", f"/v1/products?{query}")
        assert (answer.status, answer.code) == (400, "malformed_request")
        assert answer.json["errors"][0]["pointer"] == "/cursor"


def test_search_finds_by_name_and_by_part_of_it(client):
    assert [item["sku"] for item in listed(client, q="bread")["items"]] == ["bread"]
    assert [item["sku"] for item in listed(client, q="brea")["items"]] == ["bread", "breakfast"]
    assert listed(client, q="zzzzzz")["items"] == []


def test_a_barcode_or_category_that_nothing_has_gives_an_empty_list(client):
    assert listed(client, barcode="4006381333931")["items"] == []
    assert listed(client, category="none")["items"] == []
    assert len(listed(client, category="all")["items"]) == 6


def test_unknown_stores_and_products_are_not_found(client):
    assert client.send("GET", "/v1/products?store_id=sto_none").code == "store_not_found"
    answer = client.send("GET", f"/v1/products/none?store_id={MARKET}")
    assert (answer.status, answer.code) == (404, "product_not_found")


def test_a_list_without_a_store_or_with_too_much_is_refused(client):
    for query in ("", f"store_id={MARKET}&limit=0", f"store_id={MARKET}&limit=101"):
        assert client.send("GET", f"/v1/products?{query}").status == 422


def test_the_tag_of_a_product_moves_with_its_stock(client):
    path = f"/v1/products/apple?store_id={MARKET}"
    tag = client.send("GET", path).headers["etag"]
    assert client.send("GET", path, headers={"If-None-Match": tag}).status == 304
    put_stock(MARKET, "apple", 7)
    assert client.send("GET", path, headers={"If-None-Match": tag}).status == 200
