"""Incidents, announcements and the status page over HTTP, with tables and without."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain.ids import fresh
from chalicelib.services import breaker, buffer_care, symptoms
from tests import tokens
from tests.factories import MARKET, NOODLES, order_body
from tests.http import GUEST_KEY
from tests.services.intake import buffered_incident, drain, publish
from tests.support.cloudwatch import composite_alarm
from tests.support.outage import outage

MANAGER = tokens.bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = tokens.bearer("staff-cleo", "clerk", f"store:{MARKET}")
CUSTOMER = tokens.bearer("cus-ada")
INCIDENTS, ANNOUNCEMENTS = "/v1/ops/incidents", "/v1/ops/announcements"
BUFFERED = {"cause": "The card reader is down", "buffered": True}


def opened(client, **overrides):
    answer = client.send("POST", INCIDENTS, {**BUFFERED, **overrides}, authorization=MANAGER)
    assert answer.status == 201, answer.text
    return answer.json["incident_id"]


def order(client, key=None, authorization=CUSTOMER, **overrides):
    return client.send(
        "POST", "/v1/orders", order_body(**overrides), key=key or fresh("key"),
        authorization=authorization,
    )  # fmt: skip


def status(client, **headers):
    return client.send("GET", "/v1/status", headers=headers)


def test_a_quiet_day(client):
    answer = status(client)
    assert answer.status == 200
    assert answer.json == {
        "components": [
            {"component": "ordering", "status": "operational"},
            {"component": "database", "status": "operational"},
            {"component": "payments", "status": "operational"},
            {"component": "notifications", "status": "operational"},
            {"component": "merchants", "status": "operational"},
        ],
        "announcements": [],
        "incidents": [],
    }


@pytest.mark.parametrize(("symptom", "component"), sorted(symptoms.COMPONENTS.items()))
def test_what_rings_is_told_until_it_is_over(client, symptom, component):
    for state, told in (("OK", "operational"), ("ALARM", "degraded"), ("OK", "operational")):
        composite_alarm(f"docket-test-{symptom}", state)
        buffer_care.look_after(datetime.now(UTC))
        found = {one["component"]: one["status"] for one in status(client).json["components"]}
        assert found == dict.fromkeys(found, "operational") | {component: told}


def test_what_rings_is_as_last_seen_while_nobody_can_see_it(client):
    composite_alarm("docket-test-customers-not-told", "ALARM")
    buffer_care.look_after(datetime.now(UTC))
    with outage("monitoring"):
        buffer_care.look_after(datetime.now(UTC))
    assert {"component": "notifications", "status": "degraded"} in status(client).json["components"]


def test_an_incident_from_its_opening_to_its_end(client):
    expected = "2027-01-01T10:00:00Z"
    answer = client.send(
        "POST", INCIDENTS, {**BUFFERED, "expected_recovery_at": expected}, authorization=MANAGER
    )
    assert (answer.status, answer.json["status"]) == (201, "open")
    incident_id = answer.json["incident_id"]
    assert incident_id.startswith("inc_")
    (told,) = status(client).json["incidents"]
    assert told["incident_id"] == incident_id
    assert (told["cause"], told["expected_recovery_at"]) == (BUFFERED["cause"], expected)
    assert status(client).json["components"][0]["status"] == "buffered"

    taken = order(client)
    assert (taken.status, taken.json["status"]) == (202, "received")
    order_id = taken.json["order_id"]
    assert taken.headers["location"] == f"/v1/orders/{order_id}"
    path = f"{INCIDENTS}/{incident_id}"
    report = client.send("GET", f"{path}/report", authorization=CLERK)
    assert report.json["items"] == [
        {
            "order_id": order_id, "verdict": "waiting", "detail": "",
            "number": taken.json["number"],
        }
    ]  # fmt: skip

    closed = client.send("POST", f"{path}/close", authorization=MANAGER)
    assert (closed.status, closed.json["status"]) == (200, "closed")
    assert client.send("POST", f"{path}/close", {}, authorization=MANAGER).status == 200
    assert status(client).json["incidents"] == []
    assert order(client, allow_duplicate=True).status == 201
    drain()
    report = client.send("GET", f"{path}/report", authorization=CLERK)
    assert [item["verdict"] for item in report.json["items"]] == ["rejected"]
    assert report.json["counts"] == {"waiting": 0, "placed": 0, "rejected": 1, "failed": 0}
    found = client.send("GET", f"/v1/orders/{order_id}", authorization=CUSTOMER)
    assert found.json["cancel_reason"] == "possible_duplicate"


def test_a_report_has_the_orders_of_its_readers_stores(client):
    incident = buffered_incident()
    mine = order(client).json["order_id"]
    elsewhere = order(client, store_id=NOODLES, fulfillment={"type": "pickup"}).json["order_id"]
    path = f"{INCIDENTS}/{incident.incident_id}/report"
    report = client.send("GET", path, authorization=CLERK).json
    assert [item["order_id"] for item in report["items"]] == [mine]
    assert report["counts"]["waiting"] == 1
    admin = client.send("GET", path, authorization=tokens.bearer("staff-ada", "admin"))
    assert {item["order_id"] for item in admin.json["items"]} == {mine, elsewhere}


def test_the_same_key_opens_one_incident(client):
    answers = [
        client.send("POST", INCIDENTS, BUFFERED, authorization=MANAGER, key="one") for _ in range(2)
    ]
    assert len({answer.json["incident_id"] for answer in answers}) == 1
    assert answers[1].headers["idempotent-replayed"] == "true"
    listed = client.send("GET", INCIDENTS, authorization=CLERK)
    assert len(listed.json["items"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        (INCIDENTS, BUFFERED, {**BUFFERED, "buffered": False}),
        (ANNOUNCEMENTS, {"text": "Soon"}, {"text": "Later"}),
    ],
)
def test_a_key_is_for_one_incident_or_announcement(client, path, body, other):
    first = client.send("POST", path, body, authorization=MANAGER, key="one")
    again = client.send("POST", path, body, authorization=MANAGER, key="one")
    refused = client.send("POST", path, other, authorization=MANAGER, key="one")

    assert (again.status, again.json) == (201, first.json)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (refused.status, refused.code) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    "body",
    [
        {}, {"cause": "", "buffered": True}, {"cause": "x"}, {"cause": "x", "buffered": 1},
        {**BUFFERED, "expected_recovery_at": "tomorrow"}, {**BUFFERED, "store_id": ""},
        {**BUFFERED, "color": "red"}, {"cause": " ", "buffered": False},
        {"cause": "x" * 501, "buffered": False},
    ],
)  # fmt: skip
def test_an_incident_that_makes_no_sense(client, body):
    answer = client.send("POST", INCIDENTS, body, authorization=MANAGER)
    assert (answer.status, answer.code) == (422, "invalid_input")
    assert status(client).json["incidents"] == []


def test_who_may_open_and_close_and_see(client):
    incident_id = opened(client)
    assert client.send("POST", INCIDENTS, BUFFERED, authorization=CLERK).status == 403
    assert client.send("POST", INCIDENTS, BUFFERED).status == 401
    path = f"{INCIDENTS}/{incident_id}"
    assert client.send("POST", f"{path}/close", authorization=CLERK).status == 403
    assert client.send("GET", f"{path}/report", authorization=CUSTOMER).status == 403
    other = client.send("POST", INCIDENTS, {**BUFFERED, "store_id": "sto_x"}, authorization=MANAGER)
    assert (other.status, other.code) == (404, "store_not_found")
    missing = client.send("POST", f"{INCIDENTS}/inc_none/close", authorization=MANAGER)
    assert (missing.status, missing.code) == (404, "incident_not_found")
    assert client.send("GET", f"{INCIDENTS}/inc_none/report", authorization=CLERK).status == 404


def test_an_announcement_is_told_in_the_readers_language_until_it_ends(client):
    text = {"en": "Closed on Monday", "zh-CN": "周一休息"}
    made = client.send("POST", ANNOUNCEMENTS, {"text": text}, authorization=MANAGER)
    assert made.status == 201
    announcement_id = made.json["announcement_id"]
    (english,) = status(client).json["announcements"]
    (chinese,) = status(client, **{"Accept-Language": "zh-CN"}).json["announcements"]
    assert (english["text"], chinese["text"]) == (text["en"], text["zh-CN"])
    listed = client.send("GET", ANNOUNCEMENTS, authorization=CLERK).json["items"]
    assert [one["announcement_id"] for one in listed] == [announcement_id]
    path = f"{ANNOUNCEMENTS}/{announcement_id}/end"
    assert client.send("POST", path, authorization=CLERK).status == 403
    assert client.send("POST", path, authorization=MANAGER).status == 200
    assert status(client).json["announcements"] == []
    missing = client.send("POST", f"{ANNOUNCEMENTS}/ann_none/end", authorization=MANAGER)
    assert missing.code == "announcement_not_found"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"text": ""}, {"text": {"en": ""}}, {"text": {}}, {"text": {"fr": "Bonjour"}},
        {"text": "x", "ends_at": "2020-01-01T00:00:00Z"},
    ],
)  # fmt: skip
def test_an_announcement_that_makes_no_sense(client, body):
    answer = client.send("POST", ANNOUNCEMENTS, body, authorization=MANAGER)
    assert (answer.status, answer.code) == (422, "invalid_input")


def test_the_status_is_as_last_seen_while_s3_does_not_answer(client):
    opened(client)
    told = status(client).json
    with outage("s3"):
        assert status(client).json == told


def test_the_status_has_an_etag(client):
    first = status(client)
    assert status(client, **{"If-None-Match": first.headers["etag"]}).status == 304
    opened(client)
    assert status(client, **{"If-None-Match": first.headers["etag"]}).status == 200


def test_everything_about_an_incident_works_without_tables(client):
    publish()
    with outage("dynamodb"):
        incident_id = opened(client)
        assert status(client).json["incidents"][0]["incident_id"] == incident_id
        taken = order(client)
        assert (taken.status, taken.json["status"]) == (202, "received")
        assert taken.json["receipt"]
        path = f"{INCIDENTS}/{incident_id}"
        report = client.send("GET", f"{path}/report", authorization=MANAGER)
        assert [line["verdict"] for line in report.json["items"]] == ["waiting"]
        assert client.send("POST", f"{path}/close", authorization=MANAGER).status == 200
        made = client.send("POST", ANNOUNCEMENTS, {"text": "Soon"}, authorization=MANAGER)
        assert made.status == 201
        assert status(client).json["components"][1]["status"] == "operational"


def test_a_guest_orders_without_tables_and_finds_the_order_afterwards(client):
    publish()
    key = GUEST_KEY + fresh("g")
    with outage("dynamodb"):
        taken = order(client, key, authorization=None)
        assert taken.status == 202
        again = order(client, key, authorization=None)
        assert (again.status, again.headers["idempotent-replayed"]) == (202, "true")
        assert again.json["order_id"] == taken.json["order_id"]
        other = order(client, key, authorization=None, note="else")
        assert (other.status, other.code) == (422, "idempotency_key_reused")
        by_key = client.send("GET", "/v1/orders/by-key", key=key)
        assert (by_key.status, by_key.headers["retry-after"]) == (503, "2")
        guest = f"Guest {taken.json['guest_token']}"
        path = taken.headers["location"]
        assert client.send("GET", path, authorization=guest).status == 503
    assert client.send("GET", "/v1/orders/by-key", key=key).status == 503, "not drained yet"
    assert client.send("GET", path, authorization=guest).status == 503
    drain()
    found = client.send("GET", path, authorization=guest)
    assert (found.status, found.json["status"]) == (200, "placed")
    breaker.forget()  # as another instance, whose breaker never opened
    again = order(client, key, authorization=None)
    assert (again.status, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json["order_id"] == taken.json["order_id"]


def test_without_tables_the_shop_is_shown_and_orders_are_priced_by_the_snapshot(client):
    publish()
    shown = f"store_id={MARKET}"
    today = client.send("GET", f"/v1/products?{shown}").json["items"]
    priced = client.send("POST", "/v1/quotes", order_body()).json
    assert priced["stock_checked"]
    with outage("dynamodb") as called:
        stores = client.send("GET", "/v1/stores").json["items"]
        assert MARKET in {store["store_id"] for store in stores}
        store = client.send("GET", f"/v1/stores/{MARKET}")
        assert (store.status, store.json["open"]) == (200, True)
        asked = len(called)
        products = client.send("GET", f"/v1/products?{shown}").json["items"]
        assert products == [{**product, "available": None} for product in today]
        found = client.send("GET", f"/v1/products?{shown}&q=apple").json["items"]
        one = client.send("GET", f"/v1/products/{found[0]['sku']}?{shown}")
        assert (one.status, one.json["available"]) == (200, None)
        quoted = client.send("POST", "/v1/quotes", order_body())
        assert quoted.json == {**priced, "stock_checked": False}
        assert len(called) == asked, "the breaker is open: nobody waits for the tables"
        assert order(client, expected_total=quoted.json["totals"]["total"]).status == 202


def test_with_no_durable_place_left_the_answer_is_503(client):
    publish()
    with outage("dynamodb", "sqs"):
        answer = order(client)
    assert (answer.status, answer.code) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
