"""One order under the sweep: its own duties first, then what the rules find, then its next date."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.errors import DocketError, Stale, Unavailable
from chalicelib.domain.exception_cases import ExceptionCase, Finding
from chalicelib.domain.orders import Actor, Order
from chalicelib.domain.questions import held_back_rules
from chalicelib.observability import logger
from chalicelib.rules.base import OrderEvidence
from chalicelib.services import evidence, exception_cases, order_duties, suspects, sweep_run
from chalicelib.services.evidence import Judgement
from chalicelib.services.sweep_run import Run
from chalicelib.store import orders as order_table

_TRIES_MAX = 3
# An order whose check fails for reasons of its own must not stand before the others for ever.
_PUT_OFF = timedelta(minutes=5)


def check(order_id: str, run: Run) -> None:
    """Look at one order. Nothing that goes wrong with it keeps the others from their turn."""
    try:
        for _ in range(_TRIES_MAX):
            try:
                _check(order_id, run)
            except Stale:
                continue
            break
        else:
            run.counts.left += 1
    except Unavailable:
        run.counts.failed += 1
        logger.warning("order not checked", extra={"order": order_id})
    except Exception:
        run.counts.failed += 1
        logger.exception("order cannot be checked", extra={"order": order_id})
        _put_off(order_id, run)
    run.checked.add(order_id)


def _put_off(order_id: str, run: Run) -> None:
    try:
        order = order_table.find_order(order_id)
        if order is not None:
            order_table.redate(order, run.clock() + _PUT_OFF)
    except DocketError:
        logger.warning("order cannot be put off", extra={"order": order_id})


def _check(order_id: str, run: Run) -> None:
    now = run.clock()
    known = evidence.load(order_id, run.thresholds)
    if known is None:
        return
    run.counts.checked += 1
    run.skus |= {(known.order.store_id, sku) for sku in known.order.reserved}
    _note_suspect(known, run)
    done = order_duties.perform(known, run.thresholds, now)
    run.counts.expired += done.expired
    run.counts.delivered += done.delivered
    if done.expired or done.paid or done.settled:
        known = _again(known, run)
    known, judged, cases = _attend(known, run, now)
    held_back = held_back_rules(known.questions, known.order)
    for finding in judged.held:
        case = cases.get(finding.case_id)
        if case and finding.rule not in held_back:
            sweep_run.alert_if_due(case, run, now)
    order = _resolve_others(known, judged, now, run)
    if judged.held:
        _keep_due(order, now)
    else:
        _date(order, judged.next_at)


def _note_suspect(known: OrderEvidence, run: Run) -> None:
    if whose := suspects.suspect_in(known):
        run.suspects.add(whose)
        failed = sum(event.type == "payment.failed" for event in known.events)
        run.failures[known.order.order_id] = failed


def _again(known: OrderEvidence, run: Run) -> OrderEvidence:
    return evidence.load(known.order.order_id, run.thresholds) or known


def _attend(
    known: OrderEvidence, run: Run, now: datetime
) -> tuple[OrderEvidence, Judgement, dict[str, ExceptionCase]]:
    """Keep a case for each finding and repair what can be; what a repair leaves is found again.

    Returns what is known and held afterwards: nobody is called for what mended itself.
    """
    cases: dict[str, ExceptionCase] = {}
    while True:
        judged = evidence.judge(known, run.thresholds, now)
        mended = False
        for finding in judged.held:
            if finding.case_id not in cases:
                known, case, done = _attend_to(finding, known, run, now)
                cases[finding.case_id] = case
                mended |= done
        if not mended:
            return known, judged, cases
        known = _again(known, run)


def _attend_to(
    finding: Finding, known: OrderEvidence, run: Run, now: datetime
) -> tuple[OrderEvidence, ExceptionCase, bool]:
    """Open or refresh the case of a finding; whether a repair did something."""
    seen = sweep_run.see(finding, known.order, run, now)
    case, mended = sweep_run.repair_if_due(seen.case, run, now)
    order = seen.order or known.order
    return msgspec.structs.replace(known, order=order), case, mended


def _resolve_others(known: OrderEvidence, judged: Judgement, now: datetime, run: Run) -> Order:
    """Close the order's cases whose rule finds nothing now."""
    order = known.order
    held = {finding.case_id for finding in judged.held}
    for case_id, rule in exception_cases.open_in_log(known.events).items():
        if case_id not in held:
            by = Actor("system", f"system:{rule}")
            closed = exception_cases.resolve(case_id, by, order, now)
            order = closed.order or order
            run.counts.resolved += closed.resolved
    return order


def _date(order: Order, at: datetime | None) -> None:
    """Move the order in the index, unless it stands there already."""
    if order.next_check_ms != (None if at is None else epoch_ms(at)):
        order_table.redate(order, at)


def _keep_due(order: Order, now: datetime) -> None:
    """An order with an open case is looked at by every sweep."""
    if order.next_check_ms is None or order.next_check_ms > epoch_ms(now):
        order_table.redate(order, now)
