"""A question's life killed at any call: asked once, answered once, and never half."""

from functools import partial

import pytest

from chalicelib.domain.errors import Stale
from chalicelib.domain.ids import fresh
from chalicelib.domain.orders import Actor
from chalicelib.services import asking, orders, questions
from chalicelib.services.answers import Answer, carry_out
from chalicelib.services.asking import AskRequest
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from tests.factories import CLERK, CUSTOMER, NOW, an_order_request
from tests.reliability.crashes import Calls, deaths, killed_at, points, watched
from tests.services.asked import after, set_store
from tests.services.sweeping import events_of, make_queues

MISSING = AskRequest(kind="substitute", line_id="line_2")


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def placed():
    request = an_order_request(allow_duplicate=True)
    return orders.place(request, CUSTOMER, fresh("key"), language="en", now=NOW).file.order


def ask(order):
    asking.by_staff(order.order_id, MISSING, CLERK, after(1), lambda _: None)


def asked():
    order = placed()
    ask(order)
    return order


def answer(order):
    [question] = table.load_file(order.order_id).questions
    questions.answer(order.order_id, question.question_id, "go_without", CUSTOMER, after(60))


def everywhere(prepare, act):
    """Kill `act` at each of its calls, and take it again; yields each order afterwards."""
    rehearsal = Calls()
    subject = prepare()
    with watched(rehearsal):
        act(subject)
    for met in deaths(points(rehearsal)):
        order = prepare()
        for point in met:
            killed_at(point, partial(act, order))
        yield order


def test_an_answer_is_done_once_whenever_it_was_cut_short():
    for order in everywhere(asked, answer):
        answer(order)
        file = table.load_file(order.order_id)
        assert [line.sku for line in file.order.line_items] == ["apple"]
        assert file.questions[0].status == "answered"
        types = events_of(order.order_id)
        assert (types.count("order.changed"), types.count("question.answered")) == (1, 1)
        assert sum(file.order.reserved.values()) == 2
    assert check_invariants(after(61)) == []


def test_a_question_is_asked_once_whenever_the_asking_was_cut_short():
    def ask_unless_asked(order):
        if not table.load_file(order.order_id).questions:
            ask(order)

    for order in everywhere(placed, ask):
        ask_unless_asked(order)
        assert events_of(order.order_id).count("question.asked") == 1


def test_the_end_of_the_time_is_settled_once_whenever_it_was_cut_short():
    set_store(unanswered={"substitute": "go_without"}, answer_seconds=60)

    def settle(order):
        questions.settle_overdue(order.order_id, after(70))

    for order in everywhere(asked, settle):
        settle(order)
        file = table.load_file(order.order_id)
        assert [line.sku for line in file.order.line_items] == ["apple"]
        assert (file.questions[0].status, file.questions[0].choice) == ("expired", "go_without")
        assert events_of(order.order_id).count("order.changed") == 1
    assert check_invariants(after(71)) == []


def test_of_two_answers_at_once_the_first_wins():
    order = asked()
    file = table.load_file(order.order_id)
    late = Answer(
        file=file, question=file.questions[0], choice="go_without",
        actor=Actor("customer", CUSTOMER.id), now=after(5),
    )  # fmt: skip
    [question] = file.questions
    questions.answer(order.order_id, question.question_id, "cancel", CLERK, after(5))

    with pytest.raises(Stale):
        carry_out(late)

    assert table.load_order(order.order_id).status == "canceled"
    assert events_of(order.order_id).count("question.answered") == 1
