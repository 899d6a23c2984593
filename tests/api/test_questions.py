"""Questions to a customer over HTTP: asked by staff, shown with the order, answered once."""

import pytest

from tests.factories import MARKET, order_body
from tests.http import GUEST_KEY
from tests.tokens import bearer

ADA = bearer("cus-ada")
KITCHEN = bearer("staff-kit", "kitchen", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk", f"store:{MARKET}")
SUBSTITUTE = {"kind": "substitute", "line_id": "line_2"}


@pytest.fixture
def order(client):
    return client.send("POST", "/v1/orders", order_body(), key="q", authorization=ADA).json


def ask(client, order, body=SUBSTITUTE):
    path = f"/v1/ops/orders/{order['order_id']}/questions"
    return client.send("POST", path, body, authorization=KITCHEN)


def answer(client, order, choice, who=ADA, question=None):
    asked = question or read(client, order, who)["questions"][0]
    path = f"/v1/orders/{order['order_id']}/questions/{asked['question_id']}/answer"
    return client.send("POST", path, {"choice": choice}, authorization=who)


def read(client, order, who=ADA, **headers):
    path = f"/v1/orders/{order['order_id']}"
    return client.send("GET", path, authorization=who, headers=headers).json


def test_an_order_shows_its_open_question_with_the_choices(client, order):
    assert read(client, order)["questions"] == []
    assert ask(client, order).status == 201

    [question] = read(client, order)["questions"]

    assert question["kind"] == "substitute"
    assert question["line_id"] == "line_2"
    assert question["substitute"]["sku"] == "apple"
    assert "Bread is out of stock" in question["text"]
    assert [choice["choice"] for choice in question["choices"]] == [
        "take_substitute", "go_without", "cancel",
    ]  # fmt: skip
    [chinese] = read(client, order, **{"Accept-Language": "zh-CN"})["questions"]
    assert "缺货" in chinese["text"]
    assert chinese["choices"][2]["label"] == "取消此订单"


def test_the_answer_is_done_and_ends_the_question(client, order):
    ask(client, order)
    [question] = read(client, order)["questions"]

    done = answer(client, order, "go_without")

    assert done.status == 200
    assert [line["sku"] for line in done.json["line_items"]] == ["apple"]
    assert done.json["questions"] == []
    assert [event["type"] for event in done.json["events"]][-3:] == [
        "question.asked", "order.changed", "question.answered",
    ]  # fmt: skip
    assert answer(client, order, "go_without", question=question).json == done.json
    other = answer(client, order, "cancel", question=question)
    assert (other.status, other.code) == (409, "question_answered")


def test_a_guest_answers_with_the_orders_token(client):
    placed = client.send("POST", "/v1/orders", order_body(), key=f"{GUEST_KEY}q").json
    ask(client, placed)
    canceled = answer(client, placed, "cancel", who=f"Guest {placed['guest_token']}")
    assert (canceled.json["status"], canceled.json["cancel_reason"]) == ("canceled", "out_of_stock")


def test_a_clerk_answers_for_the_customer_and_others_cannot(client, order):
    ask(client, order)
    [question] = read(client, order)["questions"]
    assert answer(client, order, "cancel", KITCHEN, question).status == 403
    assert answer(client, order, "cancel", bearer("cus-bob"), question).status == 404
    assert answer(client, order, "go_without", CLERK, question).status == 200


def test_what_is_no_choice_or_no_question_is_refused(client, order):
    ask(client, order)
    assert answer(client, order, "accept_time").code == "choice_not_offered"
    assert answer(client, order, "everything").status == 422
    unknown = answer(client, order, "cancel", question={"question_id": "qst_none"})
    assert (unknown.status, unknown.code) == (404, "question_not_found")
    again = ask(client, order)
    assert (again.status, again.code) == (409, "question_open")


def test_a_store_says_how_long_it_waits_and_what_it_does_then(client):
    path, who = f"/v1/ops/stores/{MARKET}", bearer("staff-mo", "manager", f"store:{MARKET}")
    wanted = {"answer_seconds": 300, "unanswered": {"substitute": "go_without"}}
    headers = {"If-Match": "*"}
    changed = client.send("PATCH", path, wanted, authorization=who, headers=headers)
    assert changed.status == 200
    assert {name: changed.json[name] for name in wanted} == wanted
    for unanswered in ({"meant_twice": "cancel"}, {"whatever": "call_staff"}):
        body = {"unanswered": unanswered}
        refused = client.send("PATCH", path, body, authorization=who, headers=headers)
        assert refused.status == 422
