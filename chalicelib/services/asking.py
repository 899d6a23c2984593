"""Who asks a customer what: staff about one order, and the repairs of three rules."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.domain import questions as domain
from chalicelib.domain.errors import Conflict, FieldError, InvalidInput, Stale
from chalicelib.domain.identity import Caller
from chalicelib.domain.order_requests import Sku
from chalicelib.domain.orders import EDITABLE, Actor, LineItem, Order
from chalicelib.domain.questions import QuestionKind
from chalicelib.domain.text import Text, both
from chalicelib.services import order_lists, orders, proposals, questions
from chalicelib.services.questions import Draft
from chalicelib.services.races import looking_again
from chalicelib.store import orders as table
from chalicelib.store import stock_levels
from chalicelib.store.order_files import OrderFile

# One turn of the repair: whoever is not asked now is asked by the next.
ASKED_A_TURN_MAX = 20
_LOOKED_AT_MAX = 500


class AskRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /v1/ops/orders/{order_id}/questions`.

    Without `substitute_sku` or `promised_at`, Docket proposes what fits.
    """

    kind: QuestionKind
    line_id: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    substitute_sku: Sku | None = None
    promised_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    repeats_order_id: Annotated[str, msgspec.Meta(max_length=80)] | None = None


@looking_again
def by_staff(
    order_id: str, wish: AskRequest, caller: Caller, now: datetime, check: Callable[[Order], None]
) -> OrderFile:
    file = orders.load_for_staff(caller, order_id)
    check(file.order)
    return questions.ask(file, _draft(file, wish, caller, now), orders.actor_of(caller), now)


def _draft(file: OrderFile, wish: AskRequest, caller: Caller, now: datetime) -> Draft:
    if wish.kind == "new_time":
        return proposals.new_time(file.order, now, wish.promised_at)
    needed = "line_id" if wish.kind == "substitute" else "repeats_order_id"
    named = getattr(wish, needed)
    if named is None:
        raise InvalidInput(
            "This question is about something.", errors=[FieldError(f"/{needed}", "Is needed.")]
        )
    if wish.kind == "substitute":
        return proposals.substitute(file.order, named, wish.substitute_sku)
    return proposals.meant_twice(orders.load_for_staff(caller, named).order)


@looking_again
def about_time(order_id: str, actor: Actor, now: datetime) -> Text:
    """Propose when a late order can be expected; returns what was proposed."""
    file = table.load_file(order_id)
    draft = proposals.new_time(file.order, now)
    questions.ask(file, draft, actor, now)
    at = f"{draft.promised_at:%H:%M} UTC"
    return both(f"Proposed {at}.", f"已建议 {at}。")


@looking_again
def about_repeat(order_id: str, first_id: str, actor: Actor, now: datetime) -> Text:
    """Ask whether an order that repeats another one was meant."""
    first = table.load_order(first_id)
    questions.ask(table.load_file(order_id), proposals.meant_twice(first), actor, now)
    return both(
        f"Asked whether both were meant, this and {first.number}.",
        f"已询问顾客是否需要本单与 {first.number} 两单。",
    )


def about_missing(store_id: str, sku: str, actor: Actor, now: datetime) -> list[str]:
    """Ask those who ordered last about units that are not there; returns their orders' numbers."""
    level = stock_levels.find_levels(store_id, [sku]).get(sku)
    missing = level.shortfall if level else 0
    asked: list[str] = []
    for order in _holders(store_id, sku) if missing > 0 else ():
        if missing <= 0 or len(asked) == ASKED_A_TURN_MAX:
            break
        numbers, units = _ask_about(order.order_id, sku, actor, now)
        asked += numbers
        missing -= units
    return asked


def _holders(store_id: str, sku: str) -> list[Order]:
    """The open orders that hold the SKU and can still be changed, the newest first."""
    page = order_lists.of_store(
        store_id, status=order_lists.OPEN, text=None, since=None, limit=_LOOKED_AT_MAX, after=None
    )
    holders = [one for one in page.orders if one.reserved.get(sku) and one.status in EDITABLE]
    return holders[::-1]


@looking_again
def _ask_about(order_id: str, sku: str, actor: Actor, now: datetime) -> tuple[list[str], int]:
    """Ask about every line of one order with the SKU; how many units wait for an answer by then."""
    file = table.load_file(order_id)
    numbers, units = [], 0
    for line in file.order.line_items:
        if sku not in line.units:
            continue
        if not _is_asked(file, line):
            try:
                draft = proposals.substitute(file.order, line.line_id)
                file = questions.ask(file, draft, actor, now)
            except Stale:
                raise
            except Conflict:
                continue  # nothing to choose: the case is open, and people decide
            numbers.append(file.order.number)
        units += line.units[sku]
    return numbers, units


def _is_asked(file: OrderFile, line: LineItem) -> bool:
    return any(
        question.line_id == line.line_id
        and (domain.is_open(question, file.order) or domain.unanswered(question, file.order))
        for question in file.questions
    )
