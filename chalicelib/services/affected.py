"""Which orders a case concerns: the one that it is about, or those that hang on its subject."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import islice

from chalicelib.domain.exception_cases import ExceptionCase, SubjectType
from chalicelib.domain.identity import Caller
from chalicelib.domain.orders import Order
from chalicelib.services import order_lists, rules, taken_orders
from chalicelib.store import orders as order_table
from chalicelib.store import sweep as sweep_table

# What one look tells; of an incident its own report has all.
ORDERS_MAX = 100
_LOOKED_AT_MAX = 500


def orders_of(case: ExceptionCase, caller: Caller) -> list[Order]:
    """The oldest first, of the caller's stores. A store, a queue, a function or a provider as such
    has none.
    """
    gather = _GATHERERS.get(case.subject.type)
    found = gather(case) if gather else []
    return [order for order in found if caller.works_at(order.store_id)][:ORDERS_MAX]


def _itself(case: ExceptionCase) -> list[Order]:
    return order_table.load_orders([case.subject.id])


def _holders(case: ExceptionCase) -> list[Order]:
    """Open orders that wait for units of the SKU."""
    page = order_lists.of_store(
        case.store_id, status=order_lists.OPEN, text=None, since=None, limit=_LOOKED_AT_MAX,
        after=None,
    )  # fmt: skip
    return [order for order in page.orders if order.reserved.get(case.subject.id)]


def _of_customer(case: ExceptionCase) -> list[Order]:
    """What they ordered in the rule's time before the case, and while it lasted."""
    window = timedelta(seconds=rules.load_rule(case.rule).settings.threshold_seconds or 0)
    ids = sweep_table.order_ids_of(case.subject.id, case.opened_at - window, case.last_seen_at)
    return order_table.load_orders(ids)


def _taken(case: ExceptionCase) -> list[Order]:
    """Those taken under the incident that still wait."""
    taken = islice(taken_orders.listed(case.subject.id), _LOOKED_AT_MAX)
    ids = [order_id for _, order_id in taken]
    return [one for one in order_table.load_orders(ids) if one.status == "received"]


_GATHERERS: Mapping[SubjectType, Callable[[ExceptionCase], list[Order]]] = {
    "order": _itself,
    "sku": _holders,
    "customer": _of_customer,
    "incident": _taken,
}
