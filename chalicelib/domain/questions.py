"""Questions to a customer about an order: what they can choose, until when, and what became of it.

A question is a document of the order's file, written only where something went wrong. The first
answer wins; what it asks for is saved in one transaction with it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.domain.cancellations import BY_STAFF
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import Conflict, InvalidInput, NotFound
from chalicelib.domain.orders import EDITABLE, Actor, Change, LineItem, Order, happened
from chalicelib.domain.text import Text

QuestionKind = Literal["substitute", "new_time", "meant_twice"]
QuestionChoice = Literal[
    "take_substitute", "go_without", "accept_time", "pick_up", "keep", "cancel"
]  # fmt: skip
QuestionStatus = Literal["open", "answered", "expired"]

CHOICES: Mapping[QuestionKind, tuple[QuestionChoice, ...]] = {
    "substitute": ("take_substitute", "go_without", "cancel"),
    "new_time": ("accept_time", "pick_up", "cancel"),
    "meant_twice": ("keep", "cancel"),
}
# A waiting order is promised its time once it is placed.
_PROMISED = BY_STAFF - {"received"}
RULES: Mapping[QuestionKind, str] = {
    "substitute": "stock_shortage",
    "new_time": "delivery_late",
    "meant_twice": "duplicate_order",
}
# In a store's settings: nobody answered, so a person is called.
CALL_STAFF = "call_staff"
# What a store may have done about a question without an answer. A duplicate is never canceled so.
UNANSWERED: Mapping[str, tuple[str, ...]] = {
    "substitute": (CALL_STAFF, "take_substitute", "go_without", "cancel"),
    "new_time": (CALL_STAFF, "accept_time", "cancel"),
    "meant_twice": (CALL_STAFF, "keep"),
}
# Staff are called about these only when the customer did not answer; a delay is theirs at once.
_STAFF_WAIT: frozenset[QuestionKind] = frozenset({"substitute", "meant_twice"})
ASKED = "question.asked"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`line_id` is the line asked about and `instead` what would stand there; `promised_at` the
    new time. `choice` is what was chosen, by the customer or, of an expired one, by default.
    """

    question_id: str
    order_id: str
    kind: QuestionKind
    text: Text
    choices: tuple[QuestionChoice, ...]
    asked_at: datetime
    answer_by: datetime
    status: QuestionStatus = "open"
    line_id: str | None = None
    instead: LineItem | None = None
    promised_at: datetime | None = None
    choice: QuestionChoice | None = None
    settled_at: datetime | None = None

    @property
    def rule(self) -> str:
        return RULES[self.kind]


def offered(question: Question, order: Order) -> tuple[QuestionChoice, ...]:
    """The choices that the order still has; none once it is past all of them."""
    if order.status not in (_PROMISED if question.kind == "new_time" else EDITABLE):
        return ()
    if question.line_id and question.line_id not in {line.line_id for line in order.line_items}:
        return ()
    return tuple(choice for choice in question.choices if _STILL[choice](order))


def _always(order: Order) -> bool:
    del order
    return True


def _can_be_picked_up(order: Order) -> bool:
    return order.status in EDITABLE and order.fulfillment.type == "delivery"


_STILL: Mapping[QuestionChoice, Callable[[Order], bool]] = {
    "take_substitute": _always,
    "go_without": lambda order: len(order.line_items) > 1,
    "accept_time": _always,
    "pick_up": _can_be_picked_up,
    "keep": _always,
    "cancel": lambda order: order.status in BY_STAFF,
}


def is_open(question: Question, order: Order) -> bool:
    return question.status == "open" and bool(offered(question, order))


def unanswered(question: Question, order: Order) -> bool:
    """Whether nobody answered and nothing was done instead, so that a person has to."""
    lapsed = question.status == "expired" and question.choice is None
    return lapsed and bool(offered(question, order))


def held_back_rules(questions: Iterable[Question], order: Order) -> frozenset[str]:
    """The rules about which nobody is called while their question waits for the customer."""
    return frozenset(q.rule for q in questions if q.kind in _STAFF_WAIT and is_open(q, order))


def find(questions: Iterable[Question], question_id: str) -> Question:
    for question in questions:
        if question.question_id == question_id:
            return question
    raise NotFound("There is no such question.", code="question_not_found")


def require_answerable(question: Question, order: Order, choice: str, now: datetime) -> None:
    """Raises what keeps this choice from being made."""
    if question.status == "answered":
        raise Conflict(
            "This was answered already.", code="question_answered", choice=question.choice
        )
    if question.status == "expired" or question.answer_by <= now:
        raise Conflict("The time to answer is over.", code="question_expired")
    allowed = offered(question, order)
    if not allowed:
        raise Conflict("The order has moved on.", code="question_closed")
    if choice not in allowed:
        raise InvalidInput(
            "This question has other choices.", code="choice_not_offered", allowed=list(allowed)
        )


def ask(order: Order, question: Question, actor: Actor, now: datetime) -> Change:
    """The question on the order's log, for the customer to be told."""
    fact = {
        "question_id": question.question_id,
        "kind": question.kind,
        "choices": list(question.choices),
        "answer_by": rfc3339(question.answer_by),
        "customer_message": question.text,
    }
    after, events = happened(order, ((ASKED, fact),), actor, now)
    return Change(before=order, order=after, events=events, documents=(question,))


def settled(
    change: Change, question: Question, choice: QuestionChoice | None, actor: Actor, now: datetime
) -> Change:
    """Extend what an answer changes by the answer itself; without a person it is the default."""
    by_default = actor.type == "system"
    after = msgspec.structs.replace(
        question, status="expired" if by_default else "answered", choice=choice, settled_at=now
    )
    fact = {
        "question_id": question.question_id,
        "kind": question.kind,
        "choice": choice or CALL_STAFF,
    }
    kind = f"question.{after.status}"
    order, events = happened(change.order, ((kind, fact),), actor, now)
    return msgspec.structs.replace(
        change,
        order=order,
        events=(*change.events, *events),
        documents=(*change.documents, after),
    )
