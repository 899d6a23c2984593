"""Questions to a customer over HTTP: staff ask, the customer answers."""

from typing import Any

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.order_views import OrderView
from chalicelib.api.orders import shown
from chalicelib.domain.orders import Order
from chalicelib.domain.questions import QuestionChoice
from chalicelib.services import asking, orders, questions
from chalicelib.services.asking import AskRequest

routes = ApiBlueprint(__name__)


class AnswerRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    choice: QuestionChoice


def _as_it_is(request: Request[Any], order_id: str, **_: str) -> Reply:
    return shown(orders.load_for(request.caller, order_id), request.language)


@routes.post(
    "/orders/{order_id}/questions/{question_id}/answer",
    summary="Answer a question about the order: what was chosen is done at once",
    access="guest",
    body=AnswerRequest,
    returns=OrderView,
    again=_as_it_is,
)
def answer_question(request: Request[AnswerRequest], order_id: str, question_id: str) -> Reply:
    file = questions.answer(order_id, question_id, request.body.choice, request.caller, request.now)
    return shown(file, request.language)


@routes.post(
    "/ops/orders/{order_id}/questions",
    summary="Staff: ask the customer about something missing, late or ordered twice",
    roles=("clerk", "kitchen"),
    body=AskRequest,
    returns=OrderView,
    status=201,
    again=_as_it_is,
)
def ask_customer(request: Request[AskRequest], order_id: str) -> Reply:
    def check(order: Order) -> None:
        request.check_match(order.version, since=order.seen_from)

    file = asking.by_staff(order_id, request.body, request.caller, request.now, check)
    return shown(file, request.language)
