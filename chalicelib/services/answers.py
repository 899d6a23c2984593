"""Doing what a customer chose, through the services that people use, in one transaction with it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain import fulfillment as steps
from chalicelib.domain import pricing
from chalicelib.domain import questions as domain
from chalicelib.domain.edits import Wanted
from chalicelib.domain.errors import Stale
from chalicelib.domain.orders import Actor, Change, Fulfillment, LineItem, Order
from chalicelib.domain.questions import Question, QuestionChoice
from chalicelib.services import cancellations, catalogue, edits, fulfillment, orders
from chalicelib.store.order_files import OrderFile

_REASONS: Mapping[domain.QuestionKind, str] = {
    "substitute": "out_of_stock",
    "new_time": "delivery_late",
    "meant_twice": "duplicate",
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen of a question in the order's file; None when a person has to decide."""

    file: OrderFile
    question: Question
    choice: QuestionChoice | None
    actor: Actor
    now: datetime

    def noted(self, file: OrderFile, change: Change) -> Change:
        """The change with the answer in it, if nobody else's was saved meanwhile."""
        if domain.find(file.questions, self.question.question_id) != self.question:
            raise Stale("The question was answered in the meantime.")
        return domain.settled(change, self.question, self.choice, self.actor, self.now)


def carry_out(answer: Answer) -> OrderFile:
    """Raises what the act raises: then nothing is answered."""
    return _ACTS[answer.choice](answer) if answer.choice else _only_noted(answer)


def _only_noted(answer: Answer, **fields: bool) -> OrderFile:
    file = answer.file
    after = msgspec.structs.replace(file.order, **fields)
    change = answer.noted(file, Change(before=file.order, order=after, events=()))
    return file.after(orders.save(change, answer.now), change)


def _keep(answer: Answer) -> OrderFile:
    """Both were meant: no rule asks again."""
    return _only_noted(answer, duplicate_meant=True)


def _cancel(answer: Answer) -> OrderFile:
    reason = _REASONS[answer.question.kind]
    return cancellations.give_up(answer.file, reason, answer.actor, answer.now, answer.noted)


def _accept_time(answer: Answer) -> OrderFile:
    at = answer.question.promised_at or answer.now
    return fulfillment.promise(answer.file, at, answer.actor, answer.now, answer.noted)


def _take_substitute(answer: Answer) -> OrderFile:
    asked = answer.question
    return _with_lines(
        answer,
        tuple(
            asked.instead if asked.instead and line.line_id == asked.line_id else line
            for line in answer.file.order.line_items
        ),
    )


def _go_without(answer: Answer) -> OrderFile:
    lines = answer.file.order.line_items
    return _with_lines(
        answer, tuple(one for one in lines if one.line_id != answer.question.line_id)
    )


def _with_lines(answer: Answer, lines: tuple[LineItem, ...]) -> OrderFile:
    """What was agreed on stays: the other lines' prices, and the delivery's."""
    order = answer.file.order
    fee = order.totals.delivery_fee.amount_minor
    wanted = _wanted(order, lines, order.fulfillment, delivery_fee_minor=fee)
    return edits.rewrite(answer.file, wanted, answer.actor, answer.now, answer.noted)


def _pick_up(answer: Answer) -> OrderFile:
    """At the new time, or sooner where the store is that quick: nobody has to bring it."""
    order = answer.file.order
    wait = catalogue.store_of(order).promise_seconds.get("pickup", 3600)
    ready = answer.now + timedelta(seconds=wait)
    at = min(ready, answer.question.promised_at or ready)

    def noted(file: OrderFile, change: Change) -> Change:
        return steps.promise(answer.noted(file, change), at, answer.actor, answer.now)

    wanted = _wanted(order, order.line_items, Fulfillment(type="pickup"))
    return edits.rewrite(answer.file, wanted, answer.actor, answer.now, noted)


def _wanted(order: Order, lines: tuple[LineItem, ...], place: Fulfillment, **agreed: int) -> Wanted:
    store = msgspec.structs.replace(catalogue.store_of(order), **agreed)
    return Wanted(
        line_items=lines,
        totals=pricing.totals_of(lines, place.type, store),
        fulfillment=place,
        contact=order.contact,
        note=order.note,
    )


_ACTS: Mapping[QuestionChoice, Callable[[Answer], OrderFile]] = {
    "keep": _keep,
    "cancel": _cancel,
    "accept_time": _accept_time,
    "take_substitute": _take_substitute,
    "go_without": _go_without,
    "pick_up": _pick_up,
}
