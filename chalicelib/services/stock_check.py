"""SKUs under the sweep: those that due orders hold, that people moved, and that have a case.

Placing an order writes nothing for this: each new order is due once, and brings its SKUs along.
"""

from datetime import datetime

from chalicelib.domain.exception_cases import Finding, Subject, case_id
from chalicelib.domain.orders import Actor
from chalicelib.domain.stock import StockLevel
from chalicelib.rules.base import StockEvidence
from chalicelib.services import case_work, catalogue, evidence, exception_cases, stock
from chalicelib.services.order_check import Run
from chalicelib.store import stock_levels
from chalicelib.store import sweep as table
from chalicelib.store.sweep import Watched

Key = tuple[str, str]
_SETTLER = Actor("system", "system:stock_shortage")


def check(run: Run) -> None:
    """Judge each SKU once, with one batch read a store."""
    now = run.clock()
    watched = {(one.store_id, one.sku): one for one in table.list_watched()}
    levels = _levels(run.skus | set(watched), run)
    run.counts.skus = len(levels)
    found: dict[Key, list[Finding]] = {}
    for key, level in levels.items():
        seen = StockEvidence(
            store_id=level.store_id,
            sku=level.sku,
            available=_settled(level, now).sellable,
            reserved=level.reserved,
            at=now,
        )
        if findings := evidence.judge_stock([seen], run.thresholds):
            found[key] = findings
    for key, findings in found.items():
        _attend(findings, run, now)
        if key not in watched:
            table.save_watch(*key, now)
    for key, one in watched.items():
        _resolve(one, {finding.rule for finding in found.get(key, [])}, run, now)
        if key not in found:
            table.unwatch(one)


def _levels(keys: set[Key], run: Run) -> dict[Key, StockLevel]:
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


def _attend(findings: list[Finding], run: Run, now: datetime) -> None:
    for finding in findings:
        settings = run.thresholds[finding.rule]
        seen = exception_cases.see(finding, settings, None, now)
        run.counts.found += 1
        run.counts.opened += seen.opened
        run.counts.alerted += case_work.alert_if_due(seen.case, settings, now)


def _resolve(one: Watched, held: set[str], run: Run, now: datetime) -> None:
    for rule in evidence.stock_rules():
        if rule.name not in held:
            its_case = case_id(rule.name, Subject("sku", one.sku), one.store_id)
            by = Actor("system", f"system:{rule.name}")
            run.counts.resolved += exception_cases.resolve(its_case, by, None, now).resolved
