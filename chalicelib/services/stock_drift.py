"""Stock whose counters do not add up: noted by the nightly books and the sweep, looked at again."""

from collections.abc import Iterable

from chalicelib.domain.books import Violation
from chalicelib.domain.stock import StockLevel, level_faults
from chalicelib.store import drifts, order_lists, stock_levels
from chalicelib.store import orders as order_table
from chalicelib.store.drifts import Drift

_PAGE = 100
_ORDERS_MAX = 2000


def note_if_faulty(level: StockLevel) -> None:
    """What one level tells by itself, as the sweep passes by."""
    if faults := level_faults(level):
        drifts.save_drift(Drift(level.store_id, level.sku, _off(level), tuple(faults)))


def note_all(violations: Iterable[Violation]) -> None:
    """What the nightly look at all books found."""
    found: dict[tuple[str, str], list[str]] = {}
    for violation in violations:
        store_id, _, sku = violation.subject.partition("/")
        if violation.invariant == "stock" and sku:
            found.setdefault((store_id, sku), []).append(violation.detail)
    drifts.replace_drifts(Drift(*key, 1, tuple(details)) for key, details in found.items())


def recheck(store_id: str, sku: str) -> str | None:
    """Look again at one SKU: its level, and what living orders hold of it. None: it balances.

    The nightly look at a busy store can be mistaken: an order that moved meanwhile is no drift.
    """
    before = stock_levels.find_levels(store_id, [sku]).get(sku)
    held = _held_by_orders(store_id, sku)
    after = stock_levels.find_levels(store_id, [sku]).get(sku)
    if before is None or after is None:
        drifts.forget_drift(store_id, sku)
        return None
    if before != after:
        return "The stock moved meanwhile; look again."
    faults = level_faults(after)
    if after.reserved != held:
        faults.append(f"reserved {after.reserved}, orders hold {held}")
    if not faults:
        drifts.forget_drift(store_id, sku)
        return None
    units = max(_off(after), abs(after.reserved - held))
    drifts.save_drift(Drift(store_id, sku, units, tuple(faults)))
    return "; ".join(faults)


def _off(level: StockLevel) -> int:
    parts = (level.available, level.reserved, level.sold, level.written_off)
    negative = max(0, *(-part for part in parts))
    return max(1, negative, abs(level.received - sum(parts)))


def _held_by_orders(store_id: str, sku: str) -> int:
    held, start = 0, None
    for _ in range(_ORDERS_MAX // _PAGE):
        page = order_lists.store_keys(store_id, ("open#",), "", start, _PAGE)
        for order in order_table.load_orders(key["PK"]["S"] for key in page.keys):
            edit = order.pending_edit
            held += order.reserved.get(sku, 0) + (edit.reserved.get(sku, 0) if edit else 0)
        if not page.more:
            break
        start = page.last
    return held
