"""What a rule would have found in the last days under other settings, told before they are saved.

Orders are looked at as they were after each fact of their log. What the log does not keep (who
owed which receipt when) is taken from the receipts' own times; so this is an estimate.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from chalicelib import plugins
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.identity import Caller
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.payments import Payment, PaymentStatus, Refund, RefundStatus
from chalicelib.domain.receipts import Receipt
from chalicelib.domain.thresholds import DEFAULTS, RuleSettings, Thresholds
from chalicelib.rules.base import OrderEvidence, OrderRule
from chalicelib.services import evidence, exception_cases, stores
from chalicelib.store import order_lists

DAYS = 7
ORDERS_MAX = 300
SHOWN_MAX = 20
_STATUS_AFTER: dict[str, PaymentStatus] = {
    "payment.pending": "pending", "payment.authorized": "authorized",
    "payment.captured": "captured", "payment.mismatched": "captured",
    "payment.failed": "failed", "payment.expired": "expired",
}  # fmt: skip
_REFUND_AFTER: dict[str, RefundStatus] = {
    "refund.succeeded": "succeeded", "refund.failed": "failed",
}  # fmt: skip


class Hindsight(msgspec.Struct, frozen=True, kw_only=True):
    """`would_have_fired` is None for rules that cannot be asked about the past.

    `fired` are the cases that were opened; `examined` the orders looked at, the newest first.
    """

    rule: str
    since: datetime
    fired: int
    would_have_fired: int | None
    examined: int = 0
    subjects: tuple[str, ...] = ()


def look_back(settings: RuleSettings, caller: Caller, now: datetime) -> Hindsight:
    since = now - timedelta(days=DAYS)
    fired = exception_cases.count_opened(settings.rule, caller, since)
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


def _recent_orders(caller: Caller, since: datetime) -> Iterator[str]:
    """The newest orders of all the caller's stores, so many of each at most."""
    own = stores.list_stores(caller)
    each = max(1, ORDERS_MAX // max(1, len(own)))
    for store in own:
        yield from order_lists.newest_ids(store.store_id, rfc3339(since), each)


def _would_fire(rule: OrderRule, settings: RuleSettings, order_id: str, now: datetime) -> bool:
    thresholds = Thresholds(rules={**DEFAULTS, rule.name: settings})
    whole = evidence.load(order_id, thresholds, ended_too=rule.name == "duplicate_order")
    if whole is None or not evidence.is_meant(settings, whole):
        return False
    return any(
        (finding := rule.foresee(then, settings)) is not None and finding.since < until
        for then, until in moments_of(whole, now)
    )


def moments_of(whole: OrderEvidence, now: datetime) -> Iterator[tuple[OrderEvidence, datetime]]:
    """The order as it was after each of its facts and receipts, and until when it was so."""
    events = sorted(whole.events, key=lambda event: event.version)
    given = tuple(_given(whole.receipts, events))
    moments = sorted({event.at for event in events} | {at for at, _ in given if at < now})
    for at, until in pairwise([*moments, now]):
        yield _as_of(whole, tuple(event for event in events if event.at <= at), given, at), until


def _given(
    receipts: Iterable[Receipt], events: Iterable[OrderEvent]
) -> Iterator[tuple[datetime, Receipt]]:
    """Each receipt with the time from which it was there: its first try is not kept, but soon
    after its event.
    """
    happened = {event.event_id: event.at for event in events}
    for receipt in receipts:
        began = happened.get(receipt.event_id)
        if began is not None:
            yield (began if receipt.attempts > 1 else max(began, receipt.at)), receipt


def _as_of(
    whole: OrderEvidence,
    events: tuple[OrderEvent, ...],
    given: tuple[tuple[datetime, Receipt], ...],
    at: datetime,
) -> OrderEvidence:
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
        refunds=tuple(_refunded_as_of(whole.refunds, events, at)),
        receipts=tuple(receipt for since, receipt in given if since <= at),
        others=tuple(_not_ended(other, at) for other in whole.others),
    )


def _not_ended(other: Order, at: datetime) -> Order:
    """What ended later was alive then."""
    if other.closed_at is None or other.closed_at <= at:
        return other
    return msgspec.structs.replace(other, status="placed")


def _refunded_as_of(
    refunds: Iterable[Refund], events: Iterable[OrderEvent], at: datetime
) -> Iterator[Refund]:
    """Each refund as it was: pending from its promise until a fact tells of its end."""
    said = {
        event.data["refund_id"]: (_REFUND_AFTER[event.type], event.at)
        for event in events
        if event.type in _REFUND_AFTER and "refund_id" in event.data
    }
    for refund in refunds:
        if refund.created_at <= at:
            status, since = said.get(refund.refund_id, ("pending", refund.created_at))
            yield msgspec.structs.replace(refund, status=status, updated_at=since)


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
