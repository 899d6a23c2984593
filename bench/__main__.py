"""`python -m bench`: measures, prints one table, writes `bench/results/<time>.json`.

`--quick` leaves the sweep over 100,000 orders out, `--no-stage` the whole local stage.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests import environment

environment.prepare()

from bench import bad_day, cpu, order_life, sweep_cost, throughput, webhook_storm  # noqa: E402
from bench.market import open_market  # noqa: E402
from bench.report import Report  # noqa: E402
from infra.local.dynamodb_local import running_dynamodb  # noqa: E402
from infra.package import build  # noqa: E402

RESULTS = Path(__file__).parent / "results"
SIZES = (1_000, 10_000, 100_000)
ZIP_MB_MAX = 9.0
TABLE_WIDTH = 120

console = Console(stderr=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--no-stage", action="store_true")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"  # they would stand between the figures
    report = Report()
    with TemporaryDirectory() as folder, running_dynamodb(Path(folder) / "log") as endpoint:
        with step("the life of an order"), order_life.open_shop(endpoint) as shop:
            report.add_usages(order_life.measure(shop))
            with step("CPU, cold and warm"):
                report.add_cpu(cpu.measure(shop))
        with step("1,000 webhooks of every company"), open_market(endpoint) as market:
            costs = webhook_storm.to_paid(market)
            report.add_webhooks(costs, webhook_storm.rage(market, orders_each=20, deliveries=1_000))
        with step("orders a second on the store"):
            store_alone = throughput.of_the_store(endpoint)
            report.add_throughput("orders a second, store alone", store_alone)
        with step("placing what was taken on a bad day"):
            report.add_drain(bad_day.drain(endpoint))
        sizes = SIZES[:-1] if asked.quick else SIZES
        with step(f"sweeps over {sizes[-1]:,} orders"), order_life.open_shop(endpoint) as shop:
            for cost in sweep_cost.costs(shop.meter, sizes):
                report.add_sweep(cost)
    with step("the packaged zip"):
        report.add("zip, layers apart", f"{megabytes(build().code):.1f} MB", f"≤ {ZIP_MB_MAX} MB")
    if not asked.no_stage:
        with step("orders a second on the local stage"):
            report.add_throughput("orders a second, local stage", throughput.of_the_stage())
    for drilled in bad_day.last_drilled(RESULTS):
        report.add_drill(drilled)
    report.show(Console(width=TABLE_WIDTH))
    console.print(f"Written to {write(report)}")
    return 0


def megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6


@contextmanager
def step(what: str) -> Iterator[None]:
    with console.status(f"Measuring {what} …"):
        yield


def write(report: Report) -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"local-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(report.figures, indent=1), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
