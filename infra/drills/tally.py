"""What was injected, found, repaired, left open and lost, and how long it took."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass
class Drill:
    """One kind of fault. Times are seconds from the injection, a number for each fault."""

    fault: str
    injected: int = 0
    found: list[float] = field(default_factory=list)
    repaired: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    notes: str = ""
    measured: dict[str, float] = field(default_factory=dict)

    @property
    def open(self) -> int:
        return max(self.injected - len(self.repaired) - len(self.lost), 0)

    def all_found(self, since: float) -> None:
        """Every fault that has not been found yet is, now."""
        self.found += [time.monotonic() - since] * (self.injected - len(self.found))

    def all_repaired(self, since: float) -> None:
        self.repaired += [time.monotonic() - since] * (self.injected - len(self.repaired))


def show(drills: Iterable[Drill], console: Console) -> None:
    table = Table(title="What was injected, and what became of it", title_justify="left")
    table.add_column("fault")
    for name in ("injected", "found", "repaired", "open", "lost", "to detect", "to repair"):
        table.add_column(name, justify="right")
    every = list(drills)
    for drill in every:
        counts = (
            drill.injected,
            len(drill.found),
            len(drill.repaired),
            drill.open,
            len(drill.lost),
        )
        times = (_times(drill.found), _times(drill.repaired))
        table.add_row(drill.fault, *map(str, counts), *times)
    console.print(table)
    for drill in every:
        if drill.notes:
            console.print(f"{drill.fault}: {drill.notes}", markup=False, soft_wrap=True)


def _times(seconds: list[float]) -> str:
    if not seconds:
        return "–"
    return f"{median(seconds):.0f} s, at most {max(seconds):.0f} s"


def figures(drills: Iterable[Drill]) -> dict[str, object]:
    """For programs: from a fault to its case, from a fault to its repair, in seconds."""
    return {
        drill.fault: {
            "injected": drill.injected,
            "open": drill.open,
            "lost": drill.lost,
            "detected_after_seconds": [round(seconds, 1) for seconds in sorted(drill.found)],
            "repaired_after_seconds": [round(seconds, 1) for seconds in sorted(drill.repaired)],
            "measured": drill.measured,
            "notes": drill.notes,
        }
        for drill in drills
    }


def summary(drills: Iterable[Drill]) -> str:
    """The line that scripts read."""
    every = list(drills)
    found = sum(len(drill.found) for drill in every)
    repaired = sum(len(drill.repaired) for drill in every)
    return (
        f"injected={sum(drill.injected for drill in every)} found={found} repaired={repaired} "
        f"open={sum(drill.open for drill in every)} lost={sum(len(drill.lost) for drill in every)}"
    )


def is_well(drills: Iterable[Drill]) -> bool:
    return all(
        drill.injected == len(drill.found) == len(drill.repaired) and not drill.lost
        for drill in drills
    )
