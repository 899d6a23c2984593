"""Stores over HTTP: what a buyer must know before ordering."""

from tests.factories import MARKET, NOODLES


def test_stores_say_how_one_can_order_and_pay(client):
    stores = {s["store_id"]: s for s in client.send("GET", "/v1/stores").json["items"]}
    noodles = stores[NOODLES]
    assert noodles["fulfillment_types"] == ["dine_in", "pickup"]
    assert noodles["tables"] == ["A1", "A2"]
    assert noodles["payment_methods"][-1] == {
        "provider": "on_site",
        "methods": ["on_site"],
        "devices": {"on_site": ["desktop", "phone", "watch"]},
        "currencies": ["CNY"],
    }
    assert noodles["open"] is True
    assert noodles["paused"] is False
    assert stores[MARKET]["delivery_fee"] == {"amount_minor": 500, "currency": "CNY"}
    assert stores[MARKET]["hours"]["mon"] == [{"opens": "00:00", "closes": "24:00"}]


def test_a_provider_without_its_secret_is_not_offered(client):
    ways = client.send("GET", f"/v1/stores/{MARKET}").json["payment_methods"]
    assert ways == []


def test_names_come_localized_and_in_full(client):
    path = f"/v1/stores/{MARKET}"
    store = client.send("GET", path, headers={"Accept-Language": "zh-CN,en;q=0.5"}).json
    assert store["name"] == "街角超市"
    assert store["names"] == {"en": "Corner Market", "zh-CN": "街角超市"}


def test_an_unknown_store_is_not_found(client):
    answer = client.send("GET", "/v1/stores/sto_none")
    assert (answer.status, answer.code) == (404, "store_not_found")
