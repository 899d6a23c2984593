"""Questions to a customer as the API shows them."""

from datetime import datetime

import msgspec

from chalicelib.domain import questions as domain
from chalicelib.domain.money import Money
from chalicelib.domain.question_words import LABELS
from chalicelib.domain.questions import Question
from chalicelib.domain.text import localized
from chalicelib.store.order_files import OrderFile


class ChoiceView(msgspec.Struct, kw_only=True):
    choice: str
    label: str


class SubstituteView(msgspec.Struct, kw_only=True):
    sku: str
    name: str
    quantity: int
    unit_price: Money


class QuestionView(msgspec.Struct, kw_only=True):
    """`line_id` and `substitute` are of a question about a line, `promised_at` of a new time."""

    question_id: str
    kind: str
    text: str
    asked_at: datetime
    answer_by: datetime
    choices: list[ChoiceView]
    line_id: str | None
    substitute: SubstituteView | None
    promised_at: datetime | None


def open_questions(file: OrderFile, language: str) -> list[QuestionView]:
    return [
        _view(question, file, language)
        for question in file.questions
        if domain.is_open(question, file.order)
    ]


def _view(question: Question, file: OrderFile, language: str) -> QuestionView:
    return QuestionView(
        question_id=question.question_id,
        kind=question.kind,
        text=localized(question.text, language),
        asked_at=question.asked_at,
        answer_by=question.answer_by,
        choices=[
            ChoiceView(choice=choice, label=localized(LABELS[choice], language))
            for choice in domain.offered(question, file.order)
        ],
        line_id=question.line_id,
        substitute=_substitute(question, language),
        promised_at=question.promised_at,
    )


def _substitute(question: Question, language: str) -> SubstituteView | None:
    line = question.instead
    if line is None:
        return None
    return SubstituteView(
        sku=line.sku,
        name=localized(line.name, language),
        quantity=line.quantity,
        unit_price=line.unit_price,
    )
