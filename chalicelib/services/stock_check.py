"""SKUs under the sweep: those that due orders hold, that people moved, and that have a case.

Placing an order writes nothing for this: each new order is due once, and brings its SKUs along.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.errors import Stale
from chalicelib.domain.exception_cases import Finding, Subject, case_id
from chalicelib.domain.orders import Actor
from chalicelib.domain.stock import StockLevel
from chalicelib.observability import logger
from chalicelib.rules.base import StockEvidence
from chalicelib.services import catalogue, evidence, exception_cases, stock, stock_drift, sweep_run
from chalicelib.services.sweep_run import Run
from chalicelib.store import stock_levels
from chalicelib.store import sweep as table
from chalicelib.store.sweep import Watched

Key = tuple[str, str]
_SEEN_EVERY = timedelta(minutes=5)
_SETTLER = Actor("system", "system:stock_shortage")


def check(run: Run) -> None:
    """Judge each SKU once, with one batch read a store; cases cost only when something moved."""
    now = run.clock()
    watched = {(one.store_id, one.sku): one for one in table.list_watched()}
    levels = levels_of(run.skus | set(watched), run)
    run.counts.skus = len(levels)
    for key, level in levels.items():
        known = watched.pop(key, None)
        _tried(partial(_look, level, known, run, now), key, run)
    for key, gone in watched.items():
        _tried(partial(_let_go, gone, run, now), key, run)


def _tried(look: Callable[[], None], key: Key, run: Run) -> None:
    """Nothing that goes wrong with one SKU keeps the others from their turn."""
    try:
        look()
    except Stale:
        logger.info("another sweep is at it", extra={"sku": key[1]})
    except Exception:
        run.counts.failed += 1
        logger.exception("stock cannot be checked", extra={"store_id": key[0], "sku": key[1]})


def _let_go(gone: Watched, run: Run, now: datetime) -> None:
    """There is no such level any more."""
    _resolve(gone, set(), run, now)
    table.unwatch(gone)


def _look(level: StockLevel, known: Watched | None, run: Run, now: datetime) -> None:
    stock_drift.note_if_faulty(level, now)
    left = _settled(level, now).sellable
    if known is None or run.walks_stock or not known.is_quiet(left, now):
        _judge(level, left, known, run, now)


def _judge(level: StockLevel, left: int, known: Watched | None, run: Run, now: datetime) -> None:
    findings = evidence.judge_stock([seen(level, left, now)], run.thresholds)
    if findings and known is None:
        # Watched before there is a case: a case that nobody looks at again would never end.
        known = Watched(store_id=level.store_id, sku=level.sku, mark=epoch_ms(now))
        table.save_watched(known)
    again_at = _attend(findings, run, now)
    if known is None:
        return
    _resolve(known, {finding.rule for finding in findings}, run, now)
    if not findings:
        table.unwatch(known)
        return
    noted = msgspec.structs.replace(known, available=left, again_at=again_at)
    table.save_watched(noted)


def seen(level: StockLevel, left: int, now: datetime) -> StockEvidence:
    return StockEvidence(
        store_id=level.store_id,
        sku=level.sku,
        available=left,
        reserved=level.reserved,
        missing=level.shortfall,
        at=now,
    )


def levels_of(keys: set[Key], run: Run) -> dict[Key, StockLevel]:
    found: dict[Key, StockLevel] = {}
    stores = {store_id for store_id, _ in keys}
    if run.walks_stock:
        stores |= set(catalogue.current_snapshot().stores)
    for store_id in sorted(stores):
        if run.walks_stock:
            levels = {level.sku: level for level in stock_levels.list_levels(store_id)}
        else:
            skus = sorted(sku for at, sku in keys if at == store_id)
            levels = stock_levels.find_levels(store_id, skus)
        found |= {(store_id, sku): level for sku, level in levels.items()}
    return found


def _settled(level: StockLevel, now: datetime) -> StockLevel:
    """Units that a count missed are written off once others are free again."""
    if not level.shortfall or not level.available:
        return level
    moved = stock.settle(level.store_id, level.sku, _SETTLER, now)
    return moved.level if moved else level


def _attend(findings: list[Finding], run: Run, now: datetime) -> datetime:
    """Keep the cases; returns when they want attention again if nothing moves until then."""
    again_at = now + _SEEN_EVERY
    for finding in findings:
        opened = sweep_run.see(finding, None, run, now)
        case, _ = sweep_run.repair_if_due(opened.case, run, now)
        sweep_run.alert_if_due(case, run, now)
        if case.status == "open":
            patience = run.thresholds[finding.rule].escalate_after_seconds
            again_at = min(again_at, now + timedelta(seconds=patience))
    return again_at


def _resolve(one: Watched, held: set[str], run: Run, now: datetime) -> None:
    for rule in evidence.stock_rules():
        if rule.name not in held:
            its_case = case_id(rule.name, Subject("sku", one.sku), one.store_id)
            by = Actor("system", f"system:{rule.name}")
            run.counts.resolved += exception_cases.resolve(its_case, by, None, now).resolved
