"""Asking a customer about an order, and hearing the answer.

The first answer wins. Without one in time the store's default is done in the same way, or a person
is called by the rule that the question belongs to.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain import ids
from chalicelib.domain import questions as domain
from chalicelib.domain.errors import Conflict, DocketError, Stale
from chalicelib.domain.identity import Caller
from chalicelib.domain.orders import Actor, LineItem, Order
from chalicelib.domain.questions import CALL_STAFF, Question, QuestionChoice, QuestionKind
from chalicelib.domain.text import Text
from chalicelib.observability import logger
from chalicelib.services import catalogue, orders
from chalicelib.services.answers import Answer, carry_out
from chalicelib.services.races import looking_again
from chalicelib.store import orders as table
from chalicelib.store.order_files import OrderFile

# So often Docket itself asks the same; afterwards people decide. Staff may ask anew.
ASKED_MAX: Mapping[QuestionKind, int] = {"substitute": 1, "new_time": 2, "meant_twice": 1}


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A question that has no id and no time yet."""

    kind: QuestionKind
    text: Text
    choices: tuple[QuestionChoice, ...]
    line_id: str | None = None
    instead: LineItem | None = None
    promised_at: datetime | None = None


def ask(file: OrderFile, draft: Draft, actor: Actor, now: datetime) -> OrderFile:
    """Put a question to the customer.

    Raises `Conflict` `question_open` while the same waits for its answer, `question_closed` where
    there is nothing to choose, and `asked_before` when Docket itself has asked often enough.
    """
    same = [q for q in file.questions if (q.kind, q.line_id) == (draft.kind, draft.line_id)]
    if any(domain.is_open(question, file.order) for question in same):
        raise Conflict("The customer has this question already.", code="question_open")
    if actor.type == "system" and len(same) >= ASKED_MAX[draft.kind]:
        raise Conflict("The customer was asked; now people decide.", code="asked_before")
    question = _question(file.order, draft, len(same), now)
    if len(domain.offered(question, file.order)) < 2:
        raise Conflict("There is nothing for the customer to choose.", code="question_closed")
    change = domain.ask(file.order, question, actor, now)
    return file.after(orders.save(change, now), change)


def _question(order: Order, draft: Draft, asked_before: int, now: datetime) -> Question:
    mark = (order.order_id, draft.kind, draft.line_id or "", str(asked_before))
    fields = {name: getattr(draft, name) for name in Draft.__struct_fields__}
    return Question(
        question_id=ids.derived("qst", *mark),
        order_id=order.order_id,
        asked_at=now,
        answer_by=now + timedelta(seconds=catalogue.store_of(order).answer_seconds),
        **fields,
    )


@looking_again
def answer(
    order_id: str, question_id: str, choice: QuestionChoice, caller: Caller, now: datetime
) -> OrderFile:
    """By the customer, or by staff on their behalf; answering the same again changes nothing.

    Raises `Conflict` `question_answered`, `question_expired` or `question_closed`, and what the
    act itself raises: then nothing is answered yet, and the other choices remain.
    """
    file = orders.load_to_change(caller, order_id, "clerk", "support")
    question = domain.find(file.questions, question_id)
    if question.status == "answered" and question.choice == choice:
        return file
    domain.require_answerable(question, file.order, choice, now)
    actor = orders.actor_of(caller)
    return carry_out(Answer(file=file, question=question, choice=choice, actor=actor, now=now))


def settle_overdue(order_id: str, now: datetime) -> bool:
    """Do the store's default about what nobody answered in time; whether there was anything."""
    file = table.load_file(order_id)
    overdue = [q for q in file.questions if q.status == "open" and q.answer_by <= now]
    for question in overdue:
        _settle(question, now)
    return bool(overdue)


@looking_again
def _settle(asked: Question, now: datetime) -> None:
    file = table.load_file(asked.order_id)
    question = domain.find(file.questions, asked.question_id)
    if question.status != "open":
        return
    default = catalogue.store_of(file.order).unanswered.get(question.kind, CALL_STAFF)
    choice = next((one for one in domain.offered(question, file.order) if one == default), None)
    actor = Actor("system", f"system:{question.rule}")
    by_default = Answer(file=file, question=question, choice=choice, actor=actor, now=now)
    try:
        carry_out(by_default)
    except Stale:
        raise
    except DocketError as error:
        facts = {"question": question.question_id, "choice": choice, "why": error.detail}
        logger.warning("the default cannot be done", extra=facts)
        file = table.load_file(asked.order_id)
        carry_out(msgspec.structs.replace(by_default, file=file, choice=None))
