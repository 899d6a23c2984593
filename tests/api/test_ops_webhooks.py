"""The merchant's endpoint over the staff API."""

import pytest
from standardwebhooks import Webhook as Reference

from chalicelib.services import merchant_deliveries
from chalicelib.store import endpoints
from tests.factories import CUSTOMER, MARKET, NOODLES, NOW
from tests.services.confirmed import a_confirmed_order
from tests.support.merchant import a_merchant, reply
from tests.tokens import bearer

PATH = f"/v1/ops/stores/{MARKET}/webhooks"
MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
ADMIN = bearer("staff-ada", "admin")
BODY = {"url": "https://merchant.example.com/hook", "events": ["order.*"], "enabled": True}


@pytest.fixture
def merchant(client, monkeypatch):
    from chalicelib.config import settings

    with a_merchant() as running:
        monkeypatch.setenv("DOCKET_ALLOWED_PRIVATE_HOSTS", running.host)
        settings.cache_clear()
        yield running
    monkeypatch.undo()
    settings.cache_clear()


def put(client, authorization=MANAGER, **changes):
    return client.send("PUT", PATH, {**BODY, **changes}, authorization=authorization)


def test_the_secret_is_shown_once(client):
    first = put(client)
    assert first.status == 200
    assert first.json["secret"].startswith("whsec_")
    again = put(client, events=["order.confirmed"])
    assert again.status == 200
    assert "secret" not in again.json
    read = client.send("GET", PATH, authorization=CLERK)
    assert read.status == 200
    assert "secret" not in read.json
    assert read.json["events"] == ["order.confirmed"]
    assert first.json["secret"] not in read.text


def test_an_endpoint_that_is_not_there_is_not_found(client):
    answer = client.send("GET", PATH, authorization=CLERK)
    assert (answer.status, answer.code) == (404, "endpoint_not_found")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"url": "http://merchant.example.com/"}, "/url"),
        ({"url": "https://10.0.0.1/"}, "/url"),
        ({"url": "https://localhost/"}, "/url"),
        ({"events": ["order.confirmed", "payment.captured"]}, "/events/1"),
        ({"events": []}, "/events"),
        ({"enabled": "yes"}, "/enabled"),
        ({"secret": "mine"}, "/secret"),
    ],
)
def test_a_bad_endpoint_is_refused_and_nothing_kept(client, change, pointer):
    answer = put(client, **change)
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert endpoints.find_endpoint(MARKET) is None


def test_docket_does_not_call_itself(client, monkeypatch):
    from chalicelib.config import settings

    monkeypatch.setenv("DOCKET_ALLOWED_PRIVATE_HOSTS", "127.0.0.1")
    settings.cache_clear()
    answer = put(client, url="http://127.0.0.1:8000/v1/orders")
    monkeypatch.undo()
    settings.cache_clear()
    assert answer.status == 422
    assert answer.json["errors"][0]["detail"] == "Docket does not call itself."


def test_every_fault_is_told_at_once(client):
    answer = put(client, url="https://127.0.0.1/", events=["nonsense"])
    pointers = [error["pointer"] for error in answer.json["errors"]]
    assert pointers == ["/url", "/events/0"]


def test_rotating_gives_a_new_secret_and_a_day_to_change_over(client, merchant):
    old = put(client, url=merchant.url).json["secret"]
    rotated = client.send("POST", f"{PATH}/rotate", authorization=MANAGER)
    assert rotated.status == 200
    assert rotated.json["secret"] != old
    assert rotated.json["previous_secret_until"] is not None
    client.send("POST", f"{PATH}/test", authorization=MANAGER)
    for secret in (old, rotated.json["secret"]):
        Reference(secret).verify(merchant.body(), merchant.headers())


def test_a_test_message_tells_how_it_ended(client, merchant):
    put(client, url=merchant.url, enabled=False)
    well = client.send("POST", f"{PATH}/test", authorization=MANAGER)
    assert (well.status, well.json["outcome"], well.json["response_status"]) == (
        200,
        "delivered",
        200,
    )
    merchant.answer = reply(500, b"broken")
    badly = client.send("POST", f"{PATH}/test", authorization=MANAGER)
    assert (badly.status, badly.json["outcome"]) == (200, "failed")
    assert badly.json["response_excerpt"] == "broken"
    log = client.send("GET", f"{PATH}/deliveries", authorization=CLERK).json["items"]
    assert [entry["event_type"] for entry in log] == ["endpoint.test"] * 2
    assert {entry["outcome"] for entry in log} == {"delivered", "failed"}


def test_a_delivery_can_be_sent_again_from_the_log(client, merchant):
    put(client, url=merchant.url)
    event, _ = a_confirmed_order(CUSTOMER)
    merchant_deliveries.deliver(event, NOW)
    (entry,) = client.send("GET", f"{PATH}/deliveries", authorization=CLERK).json["items"]
    path = f"{PATH}/deliveries/{entry['delivery_id']}/send-again"
    again = client.send("POST", path, authorization=MANAGER)
    assert (again.status, again.json["attempt"]) == (200, 2)
    assert again.json["order_id"] == event.order_id
    assert merchant.headers(0)["webhook-id"] == merchant.headers(1)["webhook-id"]


def test_nothing_is_sent_again_to_an_endpoint_that_is_off(client, merchant):
    put(client, url=merchant.url)
    event, _ = a_confirmed_order(CUSTOMER)
    delivery = merchant_deliveries.deliver(event, NOW)
    put(client, url=merchant.url, enabled=False)
    path = f"{PATH}/deliveries/{delivery.delivery_id}/send-again"
    answer = client.send("POST", path, authorization=MANAGER)
    assert (answer.status, answer.code) == (409, "endpoint_disabled")


@pytest.mark.parametrize("bad", ["x", "dlv_1", "dlv_" + "0" * 22])
def test_an_unknown_delivery_is_not_found(client, bad):
    put(client)
    answer = client.send("POST", f"{PATH}/deliveries/{bad}/send-again", authorization=MANAGER)
    assert (answer.status, answer.code) == (404, "delivery_not_found")


def test_the_log_is_paged(client, merchant):
    put(client, url=merchant.url)
    for _ in range(3):
        client.send("POST", f"{PATH}/test", authorization=MANAGER)
    first = client.send("GET", f"{PATH}/deliveries?limit=2", authorization=CLERK).json
    rest = client.send(
        "GET", f"{PATH}/deliveries?limit=2&cursor={first['next_cursor']}", authorization=CLERK
    ).json
    ids = [entry["delivery_id"] for entry in first["items"] + rest["items"]]
    assert len(set(ids)) == 3
    assert ids == sorted(ids, reverse=True)
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", PATH),
        ("POST", f"{PATH}/rotate"),
        ("POST", f"{PATH}/test"),
        ("POST", f"{PATH}/deliveries/dlv_{'0' * 22}/send-again"),
    ],
)
def test_writing_takes_a_manager_of_the_store(client, method, path):
    body = BODY if method == "PUT" else None
    assert client.send(method, path, body).status == 401
    assert client.send(method, path, body, authorization=bearer("cus-ada")).status == 403
    assert client.send(method, path, body, authorization=CLERK).status == 403
    elsewhere = bearer("staff-no", "manager", f"store:{NOODLES}")
    assert client.send(method, path, body, authorization=elsewhere).status == 404


def test_a_store_that_does_not_exist_has_no_endpoint_even_for_admins(client):
    answer = client.send("PUT", "/v1/ops/stores/sto_none/webhooks", BODY, authorization=ADMIN)
    assert (answer.status, answer.code) == (404, "store_not_found")


def test_a_stale_change_is_refused(client):
    tag = put(client).headers["etag"]
    put(client, enabled=False)
    stale = client.send("PUT", PATH, BODY, authorization=MANAGER, headers={"If-Match": tag})
    assert stale.status == 412
