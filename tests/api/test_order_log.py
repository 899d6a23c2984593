"""The operation log of an order: who did what when, whoever kept the note of it."""

from datetime import UTC, datetime, timedelta

from chalicelib.services import sweep
from tests.factories import CUSTOMER, MARKET
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import give_receipts, make_queues
from tests.tokens import bearer

MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
ELSEWHERE = bearer("staff-nu", "manager", "store:sto_noodles")


def log_of(client, order, query="", who=MANAGER):
    return client.send("GET", f"/v1/ops/orders/{order.order_id}/log{query}", authorization=who)


def step(client, order, name):
    path = f"/v1/ops/orders/{order.order_id}/{name}"
    return client.send("POST", path, authorization=CLERK, headers={"If-Match": "*"})


def told(answer):
    return [(one["kind"], one["what"], one["outcome"]) for one in answer.json["items"]]


def test_of_an_order_that_did_not_come_back(client):
    make_queues()
    _, order = a_confirmed_order(CUSTOMER, now=datetime.now(UTC) - timedelta(minutes=10))
    give_receipts(order.order_id)
    moment = datetime.now(UTC)
    sweep.sweep("test", lambda: moment, timedelta(seconds=20), wait=lambda _: None)
    assert step(client, order, "complete").status == 409
    assert step(client, order, "accept").status == 200

    answer = log_of(client, order)
    lines = told(answer)
    assert lines[0] == ("event", "order.accepted", "done")
    assert lines[1] == ("request", "orders.complete", "refused")
    for expected in (
        ("event", "order.placed", "done"), ("event", "exception.opened", "done"),
        ("repair", "deliver_again", "done"), ("repair", "mail_merchant", "done"),
        ("message", "merchant.webhook", "delivered"), ("message", "merchant.email", "sent"),
        ("message", "customer.inbox", "delivered"),
    ):  # fmt: skip
        assert expected in lines
    assert ("request", "orders.accept", "done") not in lines
    accepted, refused = answer.json["items"][:2]
    assert accepted["actor"] == refused["actor"] == {"type": "staff", "id": "staff-cleo"}
    assert (bool(accepted["origin"]), refused["detail"]) == (True, "invalid_transition")
    times = [one["at"] for one in answer.json["items"]]
    assert times == sorted(times, reverse=True)

    first = log_of(client, order, "?limit=3")
    rest = log_of(client, order, f"?limit=100&cursor={first.json['next_cursor']}")
    assert told(first) + told(rest) == lines
    assert log_of(client, order, who=ELSEWHERE).status == 404
    assert log_of(client, order, who=bearer(CUSTOMER.id)).status == 403


def test_of_a_question_it_says_what_was_asked_and_chosen(client):
    make_queues()
    _, order = a_confirmed_order(CUSTOMER, now=datetime.now(UTC))
    asked = client.send(
        "POST", f"/v1/ops/orders/{order.order_id}/questions", {"kind": "new_time"},
        authorization=CLERK, headers={"If-Match": "*"},
    )  # fmt: skip
    [question] = asked.json["questions"]
    path = f"/v1/orders/{order.order_id}/questions/{question['question_id']}/answer"
    client.send("POST", path, {"choice": "accept_time"}, authorization=bearer(CUSTOMER.id))

    details = {one["what"]: one["detail"] for one in log_of(client, order).json["items"]}
    assert details["question.asked"] == "new_time"
    assert details["question.answered"] == "accept_time"
    assert details["order.promise_moved"][:19] == question["promised_at"][:19]
