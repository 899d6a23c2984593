"""What is known of an order or a SKU, and what the rules make of it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from chalicelib import plugins
from chalicelib.domain import einvoices, payment_asks, payment_closings, questions
from chalicelib.domain.due import HORIZON
from chalicelib.domain.exception_cases import Finding
from chalicelib.domain.orders import EDITABLE, Order
from chalicelib.domain.payments import OPEN
from chalicelib.domain.receipts import owed
from chalicelib.domain.thresholds import DEFAULTS, RuleSettings, Thresholds
from chalicelib.rules.base import (
    OrderEvidence,
    OrderRule,
    Rule,
    StockEvidence,
    StockRule,
    SubjectEvidence,
    SubjectRule,
)
from chalicelib.store import orders as order_table
from chalicelib.store import sweep as table


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules say: findings that hold now, and when they could say something next."""

    held: tuple[Finding, ...]
    next_at: datetime | None


def load(order_id: str, thresholds: Thresholds, *, ended_too: bool = False) -> OrderEvidence | None:
    """All that is known of an order; its customer's other orders only while it is young, or with
    `ended_too`.
    """
    found = table.find_whole(order_id)
    if found is None:
        return None
    file = found.file
    return OrderEvidence(
        order=file.order,
        events=file.events,
        payments=file.payments,
        refunds=file.refunds,
        disputes=file.disputes,
        receipts=found.receipts,
        records=found.records,
        questions=file.questions,
        others=_others(file.order, thresholds, ended_too=ended_too),
        invoices=file.invoices,
        einvoices=file.einvoices,
    )


def _others(order: Order, thresholds: Thresholds, *, ended_too: bool) -> tuple[Order, ...]:
    rule = thresholds["duplicate_order"]
    if not rule.enabled or order.duplicate_meant:
        return ()
    if order.status not in EDITABLE and not ended_too:
        return ()
    ids = table.earlier_order_ids(order, order.placed_at - rule.after)
    return tuple(order_table.load_orders(ids)) if ids else ()


def order_rules() -> Iterator[OrderRule]:
    for rule in _rules():
        if isinstance(rule, OrderRule):
            yield rule
        elif isinstance(rule, StockRule) and rule.of_orders:
            yield rule.of_orders


def stock_rules() -> Iterator[StockRule]:
    for rule in _rules():
        if isinstance(rule, StockRule):
            yield rule


def subject_rules(about: type[SubjectEvidence]) -> Iterator[SubjectRule]:
    for rule in _rules():
        if isinstance(rule, SubjectRule) and rule.about is about:
            yield rule


def is_about_subjects(name: str) -> bool:
    module = plugins.load("rules", name)
    return module is not None and isinstance(module.RULE, SubjectRule)


def _rules() -> Iterator[Rule]:
    """In the contract's order, so that runs are alike."""
    for name in DEFAULTS:
        module = plugins.load("rules", name)
        if module is not None:
            yield module.RULE


def is_meant(
    settings: RuleSettings, evidence: OrderEvidence | StockEvidence | SubjectEvidence
) -> bool:
    """Whether the rule's guard lets it look at this. What belongs to no store is always meant."""
    if settings.only is None:
        return True
    if isinstance(evidence, OrderEvidence):
        return settings.only.fits(evidence.order)
    return not evidence.store_id or settings.only.fits_store(evidence.store_id)


def judge(evidence: OrderEvidence, thresholds: Thresholds, now: datetime) -> Judgement:
    """Ask every rule. Its answer is dated, so it also tells when to look again.

    What a rule that is switched off or narrowed would say keeps the order in the index, for the
    day when staff switch it on.
    """
    foreseen, silenced = list[Finding](), False
    for rule in order_rules():
        settings = thresholds[rule.name]
        finding = rule.foresee(evidence, settings)
        if finding is None:
            continue
        if settings.enabled and is_meant(settings, evidence):
            foreseen.append(finding)
        else:
            silenced = True
    held = tuple(finding for finding in foreseen if finding.holds(now))
    coming = [finding.since for finding in foreseen if not finding.holds(now)]
    if silenced:
        coming.append(now + HORIZON)
    return Judgement(held=held, next_at=_next(evidence, coming, now))


def find(
    rule: str, evidence: OrderEvidence, thresholds: Thresholds, now: datetime
) -> Finding | None:
    held = judge(evidence, thresholds, now).held
    return next((finding for finding in held if finding.rule == rule), None)


def judge_stock(levels: Iterable[StockEvidence], thresholds: Thresholds) -> list[Finding]:
    return [
        finding
        for level in levels
        for rule in stock_rules()
        if thresholds[rule.name].enabled
        and is_meant(thresholds[rule.name], level)
        and (finding := rule.foresee(level, thresholds[rule.name])) is not None
    ]


def judge_subject(evidence: SubjectEvidence, thresholds: Thresholds) -> list[Finding]:
    """What the rules about this kind of evidence find in it now."""
    return [
        finding
        for rule in subject_rules(type(evidence))
        if thresholds[rule.name].enabled
        and is_meant(thresholds[rule.name], evidence)
        and (finding := rule.foresee(evidence, thresholds[rule.name])) is not None
        and finding.holds(evidence.at)
    ]


def _next(evidence: OrderEvidence, coming: list[datetime], now: datetime) -> datetime | None:
    """The next moment worth a look; None when the order ended and nothing about it is open."""
    asks = (payment_asks.next_after(payment, now) for payment in evidence.payments)
    moments = [*coming, *duties(evidence), *(moment for moment in asks if moment)]
    if _is_open(evidence):
        moments.append(now + HORIZON)
    return min((max(moment, now) for moment in moments), default=None)


def _is_open(evidence: OrderEvidence) -> bool:
    """Whether anything may still come of itself: a step, a receipt, a word about money."""
    order = evidence.order
    awaited = any(p.status in OPEN and p.provider != "on_site" for p in evidence.payments)
    return bool(
        not order.is_terminal
        or order.refund_pending_minor
        or order.disputed_minor
        or order.reserved
        or awaited
        or any(einvoice.is_open for einvoice in evidence.einvoices)
        or owed(evidence.events, evidence.receipts)
    )


def duties(evidence: OrderEvidence) -> list[datetime]:
    """When the sweep itself has something to do: expire the order, close its payments, deliver
    again, stop waiting.
    """
    order = evidence.order
    moments = [
        receipt.next_attempt_at
        for receipt in evidence.receipts
        if receipt.outcome == "pending" and receipt.next_attempt_at is not None
    ]
    moments += einvoices.moments(evidence.einvoices, evidence.invoices)
    closings = (payment_closings.due_at(order, payment) for payment in evidence.payments)
    moments += [moment for moment in closings if moment]
    if order.status == "placed" and order.expires_at is not None:
        moments.append(order.expires_at)
    if order.pending_edit is not None:
        moments.append(order.pending_edit.expires_at)
    waiting = (q for q in evidence.questions if questions.is_open(q, order))
    return [*moments, *(question.answer_by for question in waiting)]
