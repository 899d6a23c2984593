"""Gathers the operation log of one order for staff, in a bounded number of reads."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from chalicelib.domain import order_log as domain
from chalicelib.domain.exception_cases import ExceptionCase
from chalicelib.domain.identity import Caller
from chalicelib.domain.messages import Wanted
from chalicelib.domain.order_log import Line
from chalicelib.domain.orders import OrderEvent
from chalicelib.services import audit, messages, orders
from chalicelib.services.audit import Search
from chalicelib.services.exception_cases import OPENED
from chalicelib.services.messages import Position
from chalicelib.store import exception_cases as case_table

# Of each source the newest; nobody reads more of one order.
EACH_MAX = 200


def lines_of(order_id: str, caller: Caller, now: datetime) -> list[Line]:
    """The newest first. Below manager, people see of the audit trail what they did themselves."""
    file = orders.load_for_staff(caller, order_id)
    since = file.order.placed_at
    requests = audit.search(Search(since=since, subject=order_id, limit=EACH_MAX), caller, now)
    told = messages.list_messages(
        caller, Wanted(order_id=order_id), since, now, EACH_MAX, Position("")
    )
    return domain.merged(file.events, requests.entries, _cases(file.events), told.messages)


def _cases(events: Iterable[OrderEvent]) -> Iterator[ExceptionCase]:
    """Every case that the order ever had, once."""
    for case_id in dict.fromkeys(e.data["case_id"] for e in events if e.type == OPENED):
        case = case_table.find_case(case_id)
        if case is not None:
            yield case
