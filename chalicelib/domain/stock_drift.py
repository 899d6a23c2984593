"""A stock level that does not add up: by how much, and what can be put right without counting.

Orders prove what is reserved. Where more is on sale than the books allow, the rest is taken off
sale. What the books say came in and nobody can place stays off sale until people count it: nothing
is ever put on sale but what an order was seen not to hold.
"""

from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.stock import BOOKED, StockLevel
from chalicelib.domain.text import Text, both

# An order may be missing for a moment from the index that it is found by.
SURE_AFTER = timedelta(minutes=5)
# What orders took is only known at night, when a busy store can look out of balance: two nights.
SURE_OF_SOLD_AFTER = timedelta(hours=12)
_WORDS = {
    "available": "可售", "reserved": "占用", "sold": "已售", "received": "入库",
    "written_off": "核销", "shortfall": "缺口",
}  # fmt: skip


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """A level beside what orders hold of it and took of it, None where nobody looked.

    Beside them it has been off by as much from `since` to `seen_at`.
    """

    level: StockLevel
    held: int | None = None
    sold: int | None = None
    since: datetime
    seen_at: datetime

    @property
    def reserved_off(self) -> int:
        return 0 if self.held is None else self.level.reserved - self.held

    @property
    def sold_off(self) -> int:
        return 0 if self.sold is None else self.level.sold - self.sold

    @property
    def unaccounted(self) -> int:
        """Units that came in and are nowhere; below zero, units that never came in."""
        level = self.level
        return level.received - level.available - level.reserved - level.sold - level.written_off

    @property
    def negative(self) -> dict[str, int]:
        return {name: n for name in BOOKED if (n := getattr(self.level, name)) < 0}

    @property
    def lasted(self) -> timedelta:
        return self.seen_at - self.since

    @property
    def is_sure(self) -> bool:
        """What one level tells is sure at once, what orders hold after a while."""
        return self.reserved_off == 0 or self.lasted >= SURE_AFTER

    @property
    def is_sold_sure(self) -> bool:
        return self.sold is not None and (self.sold_off == 0 or self.lasted >= SURE_OF_SOLD_AFTER)

    @property
    def units(self) -> int:
        """By how many units it is off at most."""
        off = [abs(self.reserved_off), abs(self.unaccounted), *map(abs, self.negative.values())]
        if self.is_sold_sure:
            off.append(abs(self.sold_off))
        return max(off)

    @property
    def faults(self) -> tuple[Text, ...]:
        """Each law that does not hold; empty when all do."""
        level, found = self.level, []
        if self.unaccounted:
            parts = level.received - self.unaccounted
            found.append(
                both(
                    f"received {level.received}, accounted for {parts}",
                    f"入库 {level.received}，账面合计 {parts}",
                )
            )
        found += [both(f"{name} is negative", f"{_WORDS[name]}为负") for name in self.negative]
        if self.reserved_off:
            found.append(
                both(
                    f"reserved {level.reserved}, orders hold {self.held}",
                    f"占用 {level.reserved}，订单实际占用 {self.held}",
                )
            )
        if self.sold_off:
            found.append(
                both(
                    f"sold {level.sold}, orders took {self.sold}",
                    f"已售 {level.sold}，订单实际售出 {self.sold}",
                )
            )
        return tuple(found)


def drift_of(
    level: StockLevel, at: datetime, *, held: int | None = None, sold: int | None = None
) -> Drift:
    return Drift(level=level, held=held, sold=sold, since=at, seen_at=at)


def after(drift: Drift, before: Drift | None) -> Drift:
    """The same trouble as before lasts longer; what nobody looked at is still off by as much."""
    if before is None:
        return drift
    if drift.sold is None and before.sold is not None:
        drift = msgspec.structs.replace(drift, sold=drift.level.sold - before.sold_off)
    is_same = (drift.reserved_off, drift.sold_off) == (before.reserved_off, before.sold_off)
    return msgspec.structs.replace(drift, since=before.since) if is_same else drift


def rebalanced(drift: Drift) -> StockLevel:
    """The level with what is sure put right; the same level where only a count helps."""
    level = drift.level
    off = drift.reserved_off if drift.is_sure else 0
    freed = off if drift.is_sold_sure else min(0, off)
    reserved = max(0, level.reserved - off)
    sold = max(0, level.sold - (drift.sold_off if drift.is_sold_sure else 0))
    written_off = max(0, level.written_off)
    left = level.received - written_off - sold - reserved
    never_came = max(0, -left)  # held or sold, so they are booked in, and missing until counted
    return msgspec.structs.replace(
        level,
        available=max(0, min(level.available + freed, left)),
        reserved=reserved,
        sold=sold,
        received=level.received + never_came,
        written_off=written_off,
        shortfall=min(reserved, max(0, level.shortfall) + never_came),
    )


def told(before: StockLevel, now: StockLevel) -> Text:
    """What changed, for people."""
    moved = [
        (name, f"{getattr(before, name)} → {getattr(now, name)}")
        for name in BOOKED
        if getattr(before, name) != getattr(now, name)
    ]
    en = ", ".join(f"{name.replace('_', ' ')} {change}" for name, change in moved)
    return both(f"{en}.", "，".join(f"{_WORDS[name]} {change}" for name, change in moved) + "。")
