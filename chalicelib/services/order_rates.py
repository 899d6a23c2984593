"""Orders per store and window, counted when a window has closed, one store a sweep."""

from collections.abc import Iterable
from datetime import UTC, datetime

from chalicelib.domain.clock import rfc3339
from chalicelib.domain.exception_cases import Subject
from chalicelib.rules.base import RateEvidence, SubjectEvidence
from chalicelib.services import catalogue
from chalicelib.store import order_rates as table
from chalicelib.store.order_rates import Rates
from chalicelib.store.subject_notes import Notes

# Each costs two counts and a write; with a sweep a minute, sixty stores have their turn in an hour.
STORES_A_SWEEP_MAX = 1
DAYS = 7
_DAY_SECONDS = 86_400


def look(
    notes: Notes, window_seconds: int, now: datetime, *, counting: bool = True
) -> list[SubjectEvidence]:
    """The newest closed window of every store that was counted, some counted just now."""
    known = table.rates_in(notes)
    closed = int(now.timestamp()) // window_seconds - 1
    behind = [
        store_id
        for store_id in sorted(catalogue.current_snapshot().stores)
        if _is_behind(known.get(store_id), window_seconds, closed)
    ]
    behind.sort(key=lambda one: known[one].newest or 0 if one in known else 0)
    for store_id in behind[: STORES_A_SWEEP_MAX if counting else 0]:
        known[store_id] = _counted(store_id, known.get(store_id), window_seconds, closed)
    return list(_evidence(known.values(), window_seconds, now))


def _is_behind(rates: Rates | None, window_seconds: int, closed: int) -> bool:
    return rates is None or rates.window_seconds != window_seconds or rates.newest != closed


def _counted(store_id: str, rates: Rates | None, window_seconds: int, closed: int) -> Rates:
    kept: dict[int, int] = {}
    if rates is not None and rates.window_seconds == window_seconds:
        oldest = closed - DAYS * _DAY_SECONDS // window_seconds
        kept = {window: n for window, n in rates.counts.items() if window >= oldest}
    began, ended = (_moment(closed + i, window_seconds) for i in (0, 1))
    orders = table.count_orders(store_id, rfc3339(began), rfc3339(ended))
    counted = Rates(
        store_id=store_id, window_seconds=window_seconds, counts={**kept, closed: orders}
    )
    table.save_rates(counted)
    return counted


def _evidence(
    all_rates: Iterable[Rates], window_seconds: int, now: datetime
) -> Iterable[RateEvidence]:
    for rates in all_rates:
        if rates.newest is None or rates.window_seconds != window_seconds:
            continue
        a_day = _DAY_SECONDS // window_seconds
        same_hours = [rates.newest - day * a_day for day in range(1, DAYS + 1)] if a_day else []
        yield RateEvidence(
            subject=Subject("store", rates.store_id),
            store_id=rates.store_id,
            at=now,
            began_at=_moment(rates.newest, window_seconds),
            orders=rates.counts[rates.newest],
            before=tuple(rates.counts[one] for one in same_hours if one in rates.counts),
        )


def _moment(window: int, window_seconds: int) -> datetime:
    return datetime.fromtimestamp(window * window_seconds, UTC)
