"""A day on which something is down: orders wait, are placed or refused later, and all is told."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.ids import fresh
from tests.journeys.people import Person, until

INCIDENTS = "/v1/ops/incidents"
STORE = "sto_market"
SCARCE = 3  # which of the plain products most turns out to be gone of
DRAINED_SECONDS = 60


def types_of(order):
    return [event["type"] for event in order["events"]]


def open_incident(manager):
    expected = (datetime.now(UTC) + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    wanted = {"store_id": STORE, "cause": "The till is down", "buffered": True}
    opened = manager.send("POST", INCIDENTS, {**wanted, "expected_recovery_at": expected})
    assert (opened.status, opened.json["status"]) == (201, "open")
    return opened.json["incident_id"], expected


def close_incident(manager, incident_id):
    closed = manager.send("POST", f"{INCIDENTS}/{incident_id}/close")
    assert (closed.status, closed.json["status"]) == (200, "closed")


def count_stock(manager, sku, available):
    """Somebody counts: that many are there beside what is reserved."""
    rows = manager.get(f"/v1/ops/stock?store_id={STORE}&q={sku}")["items"]
    (level,) = [row for row in rows if row["sku"] == sku]
    counted = {"sku": sku, "store_id": STORE, "kind": "count", "reason": "drill"}
    counted["quantity"] = level["reserved"] + available
    assert manager.send("POST", "/v1/ops/stock/movements", counted).status in {200, 201}


def told_incidents(stack):
    return {one["incident_id"]: one for one in Person(stack.url).get("/v1/status")["incidents"]}


def items_of(manager, incident_id):
    return manager.get(f"{INCIDENTS}/{incident_id}/report")["items"]


def drained(manager, incident_id):
    """Each order's verdict once none waits."""
    items = until(
        lambda: items_of(manager, incident_id),
        lambda found: all(item["verdict"] != "waiting" for item in found),
        DRAINED_SECONDS,
    )
    return {item["order_id"]: item["verdict"] for item in items}


@pytest.mark.timeout(180)
def test_orders_wait_for_an_incident_and_each_is_accounted_for(stack, ada, bob, manager, lines):
    sku, key = lines(index=SCARCE)[0]["sku"], fresh("key")
    incident_id, expected = open_incident(manager)
    try:
        assert told_incidents(stack)[incident_id]["expected_recovery_at"] == expected
        taken = [ada.place(line_items=lines(), key=key), bob.place(line_items=lines(index=1))]
        taken += [person.place(line_items=lines(2, SCARCE)) for person in (ada, bob)]
        assert [(one.status, one.json["status"]) for one in taken] == [(202, "received")] * 4
        again = ada.place(line_items=lines(), key=key)
        assert (again.status, again.json["order_id"]) == (202, taken[0].json["order_id"])
        assert ada.order(taken[0].json)["status"] == "received"
        waiting = {item["order_id"]: item["verdict"] for item in items_of(manager, incident_id)}
        assert waiting == {one.json["order_id"]: "waiting" for one in taken}
        count_stock(manager, sku, 3)
    finally:
        close_incident(manager, incident_id)
    assert incident_id not in told_incidents(stack)
    verdicts = drained(manager, incident_id)
    count_stock(manager, sku, 200)
    assert [verdicts[one.json["order_id"]] for one in taken[:2]] == ["placed", "placed"]
    assert sorted(verdicts[one.json["order_id"]] for one in taken[2:]) == ["placed", "rejected"]
    refused_is_adas = verdicts[taken[2].json["order_id"]] == "rejected"
    assert_refused_and_told(*((ada, taken[2]) if refused_is_adas else (bob, taken[3])))
    assert_placed_and_payable(ada, key, lines())


def assert_refused_and_told(person, answer):
    order = person.order(answer.json)
    assert (order["status"], order["cancel_reason"]) == ("rejected", "out_of_stock")
    assert types_of(order) == ["order.received", "order.rejected"]
    until(
        lambda: person.get("/v1/me/notifications?limit=100")["items"],
        lambda inbox: (
            (order["order_id"], "order.rejected")
            in {(one["order_id"], one["type"]) for one in inbox}
        ),
        20,
    )


def assert_placed_and_payable(person, key, line_items):
    replay = person.place(line_items=line_items, key=key)
    assert (replay.status, types_of(replay.json)) == (201, ["order.received", "order.placed"])
    person.pay(replay.json, "succeeded")
    person.wait_for(replay.json, "confirmed")
