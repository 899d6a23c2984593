"""Stock whose counters do not add up: noted by the nightly books and the sweep, and put right."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from chalicelib.domain import stock_drift
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.orders import Actor, Order
from chalicelib.domain.stock import StockLevel
from chalicelib.domain.stock_drift import Drift, drift_of
from chalicelib.domain.text import Text, both
from chalicelib.services import stock
from chalicelib.store import drifts, order_lists, stock_levels
from chalicelib.store import orders as order_table
from chalicelib.store.subject_notes import Notes

_PAGE = 100
_ORDERS_MAX = 5000
_ENDED_WITHIN = timedelta(days=1)
_MOVED = both("The stock moved meanwhile; look again.", "库存刚刚有变动，请再次核对。")
_TOO_MANY = both("Too many orders to look through by day.", "订单过多，白天无法逐一核对。")


class Unsure(Exception):
    """What orders hold cannot be told now; `told` says why."""

    def __init__(self, told: Text) -> None:
        super().__init__(told["en"])
        self.told = told


def note_if_faulty(level: StockLevel, now: datetime) -> None:
    """What one level tells by itself, as the sweep passes by."""
    if (drift := drift_of(level, now)).faults:
        drifts.save_new(drift)


def note_all(found: Iterable[Drift]) -> None:
    """What the nightly look at all books found."""
    known = drifts.list_drifts()
    drifts.replace_drifts(
        stock_drift.after(one, known.get((one.level.store_id, one.level.sku))) for one in found
    )


def standing(notes: Notes, now: datetime) -> list[Drift]:
    """What was noted and is still so, as far as the level tells: a count may have mended it."""
    known = drifts.drifts_in(notes)
    levels = {
        (store_id, sku): level
        for store_id in {store_id for store_id, _ in known}
        for sku, level in stock_levels.find_levels(
            store_id, [sku for at, sku in known if at == store_id]
        ).items()
    }
    looked = [(one, drift_of(levels.get(key, one.level), now)) for key, one in known.items()]
    return [one for one, level in looked if level.faults or one.reserved_off or one.sold_off]


def look(store_id: str, sku: str, now: datetime) -> Drift | None:
    """Look again at one SKU: its level, and what orders hold of it. None: it balances.

    The nightly look at a busy store can be mistaken: an order that moved meanwhile is no drift.
    Raises `Unsure` where that cannot be told now.
    """
    before = stock_levels.find_levels(store_id, [sku]).get(sku)
    held = _held_by_orders(store_id, sku, now)
    level = stock_levels.find_levels(store_id, [sku]).get(sku)
    if before != level:
        raise Unsure(_MOVED)
    seen = drift_of(level or StockLevel(store_id=store_id, sku=sku), now, held=held)
    drift = stock_drift.after(seen, drifts.list_drifts().get((store_id, sku)))
    if not drift.faults:
        drifts.forget_drift(store_id, sku)
        return None
    drifts.save_drift(drift)
    return drift if drift.units else None


def rebalance(drift: Drift, actor: Actor, now: datetime) -> Text | None:
    """Put right what is sure, as a movement; what changed. None: there is nothing of that kind.

    Raises `Stale` when the stock has moved since.
    """
    mended = stock_drift.rebalanced(drift)
    if mended == drift.level:
        return None
    change = stock_drift.told(drift.level, mended)
    stock.correct(drift.level, mended, change["en"], actor, now)
    left = stock_drift.after(drift_of(mended, now, held=drift.held, sold=drift.sold), drift)
    if left.faults:
        drifts.save_drift(left)
    else:
        drifts.forget_drift(mended.store_id, mended.sku)
    return change


def _held_by_orders(store_id: str, sku: str, now: datetime) -> int:
    """By living orders, and by those of the last day whose end forgot to let go."""
    held = 0
    for order in _orders(store_id, rfc3339(now - _ENDED_WITHIN)):
        edit = order.pending_edit
        held += order.reserved.get(sku, 0) + (edit.reserved.get(sku, 0) if edit else 0)
    return held


def _orders(store_id: str, since: str) -> Iterator[Order]:
    left = _ORDERS_MAX
    for half, low in (("open#", ""), ("done#", since)):
        more, start = True, None
        while more:
            if left <= 0:
                raise Unsure(_TOO_MANY)
            page = order_lists.store_keys(store_id, (half,), low, start, _PAGE)
            yield from order_table.load_orders(key["PK"]["S"] for key in page.keys)
            more, start, left = page.more, page.last, left - len(page.keys)
