"""What was measured, beside its budget: one table for people, one document for programs."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from bench.bad_day import Drain, Drilled
from bench.cpu import Cpu
from bench.meter import Usage
from bench.sweep_cost import SweepCost
from bench.throughput import CLIENTS, Throughput
from bench.webhook_storm import Cost, Storm

CALLS = {
    "quote": 1, "create": 2, "webhook to paid": 2, "read with timeline": 1, "relay of 10 events": 0,
}  # fmt: skip
UNITS = {"create": 15, "whole life": 80}
UNITS_EVERYWHERE = {"whole life": 120}


class Report:
    """Grows by a row a figure."""

    def __init__(self) -> None:
        self.figures: dict[str, Any] = {}
        self._rows: list[tuple[str, str, str]] = []

    def add(self, what: str, found: str, budget: str = "") -> None:
        self.figures.setdefault(what, found)
        self._rows.append((what, found, budget))

    def add_usages(self, usages: Mapping[str, Usage]) -> None:
        for name, usage in usages.items():
            self.figures[name] = msgspec.to_builtins(usage)
            if name != "whole life":
                self.add(f"{name}: calls", str(usage.call_count), _at_most(CALLS.get(name)))
            if usage.units:
                own = str(usage.units_in("-orders", "-stock"))
                self.add(f"{name}: units, orders and stock", own, _at_most(UNITS.get(name)))
                everywhere = _at_most(UNITS_EVERYWHERE.get(name))
                self.add(f"{name}: units, all tables", str(usage.units_in()), everywhere)

    def add_cpu(self, cpu: Cpu) -> None:
        self.figures["cpu"] = msgspec.to_builtins(cpu)
        cold = f"{cpu.cold_ms:.0f} ms, {cpu.cold_ratio:.2f} × the bare client's"
        self.add("CPU from import to first answer", cold, "≤ 1.40 ×")
        warm = f"{cpu.warm_ms:.2f} ms, {cpu.warm_ratio:.2f} × the bare read's"
        self.add("CPU of a warm GET order", warm, "≤ 1.25 ×")

    def add_throughput(self, what: str, found: Throughput) -> None:
        self.figures[what] = msgspec.to_builtins(found)
        told = (
            f"{found.per_second} ({CLIENTS} clients, p50 {found.p50_ms} ms, p99 {found.p99_ms} ms)"
        )
        self.add(what, told)

    def add_drain(self, found: Drain) -> None:
        self.figures["drain"] = {**msgspec.to_builtins(found), "per_second": found.per_second}
        self.add(
            "orders placed a second after a bad day", f"{found.per_second} (one importer of 5)"
        )

    def add_drill(self, found: Drilled) -> None:
        what = f"drilled: {found.fault}"
        self.figures[what] = msgspec.to_builtins(found)
        told = (
            f"found after {found.found_after:.0f} s, all mended after {found.repaired_after:.0f} s"
        )
        self.add(what, told)

    def add_sweep(self, cost: SweepCost) -> None:
        what = f"sweep of {cost.orders:,} orders, {cost.due} due"
        self.figures[what] = msgspec.to_builtins(cost)
        budget = f"≤ {40 + 3 * cost.due} requests"
        self.add(what, f"{cost.requests} requests, {cost.seconds:.1f} s", budget)

    def add_webhooks(self, to_paid: Mapping[str, Cost], storm: Storm) -> None:
        self.figures["webhooks"] = msgspec.to_builtins({"to_paid": to_paid, "storm": storm})
        for company, cost in to_paid.items():
            budget = f"≤ {CALLS['webhook to paid']} calls"
            self.add(f"webhook of {company} to paid", _told(cost), budget)
        what = f"{storm.deliveries:,} webhooks about {storm.orders} orders, shuffled"
        wrong = f"{storm.astray} orders astray, {storm.lost} of {storm.events} events lost"
        self.add(what, f"{storm.refused} refused, {wrong}", "0, 0, 0")
        self.add("one of them, repeats and all", _told(storm.cost))

    def show(self, console: Console) -> None:
        table = Table(title="Docket, measured")
        for heading in ("what", "measured", "budget"):
            table.add_column(heading)
        for row in self._rows:
            table.add_row(*row)
        console.print(table)


def _at_most(budget: int | None) -> str:
    return "" if budget is None else f"≤ {budget}"


def _told(cost: Cost) -> str:
    return f"{cost.calls:g} calls, {cost.units:g} units, {cost.cpu_ms} ms CPU"
