"""What a rule would have found in the last days under other settings, told before they are saved.

Orders are looked at as they were after each fact of their log. What the log does not keep (who
owed which receipt when) is taken from the receipts' own times; so this is an estimate.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice, pairwise

import msgspec

from chalicelib import plugins
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.exception_cases import ExceptionCase
from chalicelib.domain.identity import Caller
from chalicelib.domain.orders import OrderEvent
from chalicelib.domain.payments import Payment, PaymentStatus
from chalicelib.domain.thresholds import DEFAULTS, RuleSettings, Thresholds
from chalicelib.rules.base import OrderEvidence, OrderRule
from chalicelib.services import evidence, exception_cases, stores
from chalicelib.services.exception_cases import CaseFilter
from chalicelib.store import order_lists

DAYS = 7
ORDERS_MAX = 300
SHOWN_MAX = 20
_CASES_MAX = 500
_STATUS_AFTER: dict[str, PaymentStatus] = {
    "payment.pending": "pending", "payment.authorized": "authorized",
    "payment.captured": "captured", "payment.mismatched": "captured",
    "payment.failed": "failed", "payment.expired": "expired",
}  # fmt: skip


class Hindsight(msgspec.Struct, frozen=True, kw_only=True):
    """`would_have_fired` is None for rules that cannot be asked about the past.

    `fired` are the cases there were; `examined` the orders looked at, the newest first.
    """

    rule: str
    since: datetime
    fired: int
    would_have_fired: int | None
    examined: int = 0
    subjects: tuple[str, ...] = ()


def look_back(settings: RuleSettings, caller: Caller, now: datetime) -> Hindsight:
    since = now - timedelta(days=DAYS)
    fired = sum(1 for case in _cases(settings.rule, caller) if case.last_seen_at >= since)
    module = plugins.load("rules", settings.rule)
    rule = module.RULE if module else None
    if not isinstance(rule, OrderRule):
        return Hindsight(rule=settings.rule, since=since, fired=fired, would_have_fired=None)
    ids = list(_recent_orders(caller, since))
    found = [one for one in ids if settings.enabled and _would_fire(rule, settings, one, now)]
    return Hindsight(
        rule=settings.rule,
        since=since,
        fired=fired,
        would_have_fired=len(found),
        examined=len(ids),
        subjects=tuple(found[:SHOWN_MAX]),
    )


def _cases(rule: str, caller: Caller) -> tuple[ExceptionCase, ...]:
    return exception_cases.list_cases(caller, CaseFilter(rule=rule), _CASES_MAX).cases


def _recent_orders(caller: Caller, since: datetime) -> Iterator[str]:
    """The newest orders of all the caller's stores, so many of each at most."""
    own = stores.list_stores(caller)
    each = ORDERS_MAX // max(1, len(own))
    for store in own:
        yield from order_lists.newest_ids(store.store_id, rfc3339(since), each)


def _would_fire(rule: OrderRule, settings: RuleSettings, order_id: str, now: datetime) -> bool:
    thresholds = Thresholds(rules={**DEFAULTS, rule.name: settings})
    whole = evidence.load(order_id, thresholds)
    if whole is None or not evidence.is_meant(settings, whole):
        return False
    return any(
        (finding := rule.foresee(then, settings)) is not None and finding.since < until
        for then, until in moments_of(whole, now)
    )


def moments_of(whole: OrderEvidence, now: datetime) -> Iterator[tuple[OrderEvidence, datetime]]:
    """The order as it was after each of its facts, and until when it was so."""
    events = sorted(whole.events, key=lambda event: event.version)
    ends = [*(later.at for _, later in pairwise(events)), now]
    for number, until in enumerate(ends, 1):
        yield _as_of(whole, tuple(islice(events, number))), until


def _as_of(whole: OrderEvidence, events: tuple[OrderEvent, ...]) -> OrderEvidence:
    last = events[-1]
    types = {event.type for event in events}
    order = msgspec.structs.replace(
        whole.order,
        status=last.status,
        payment_status=last.payment_status,
        fulfillment_status=last.fulfillment_status,
        updated_at=last.at,
        captured_minor=whole.order.captured_minor if "payment.captured" in types else 0,
        refunded_minor=whole.order.refunded_minor if "refund.succeeded" in types else 0,
    )
    return msgspec.structs.replace(
        whole,
        order=order,
        events=events,
        payments=tuple(_paid_as_of(whole.payments, events)),
        refunds=tuple(refund for refund in whole.refunds if refund.created_at <= last.at),
        receipts=tuple(receipt for receipt in whole.receipts if receipt.at <= last.at),
    )


def _paid_as_of(payments: Iterable[Payment], events: tuple[OrderEvent, ...]) -> Iterator[Payment]:
    """Each payment with the status that the newest fact about it says."""
    said = {
        event.data["payment_id"]: (_STATUS_AFTER[event.type], event.at)
        for event in events
        if event.type in _STATUS_AFTER and "payment_id" in event.data
    }
    for payment in payments:
        if payment.payment_id in said:
            status, at = said[payment.payment_id]
            yield msgspec.structs.replace(payment, status=status, updated_at=at)
