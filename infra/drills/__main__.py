"""`make chaos`: a stage of its own, every fault in turn, and the count of what became of it.

DOWN_SECONDS is how long the database is down (600); DRILLS names those to do (all). The last line
on stdout is for scripts; the exit is 0 only when all was found, all repaired, and nothing is open
or lost.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.drills import books, faults, outage
from infra.drills.faults import Day
from infra.drills.merchant import Merchant
from infra.drills.people import Lost
from infra.drills.poison import poison
from infra.drills.shop import OTHER_STORE, STORE, Shop
from infra.drills.stage import Stage
from infra.drills.tally import Drill, figures, is_well, show, summary
from infra.local.progress import Progress
from infra.local.stack import Stack, running_stack
from infra.paths import ROOT

DOWN_SECONDS = 600
DRILLS_AT_ONCE = 4
RESULTS = ROOT / "bench" / "results"

# So short that a fault is found within a sweep or two.
IMPATIENT = {"payment_stale": 5, "order_not_returned": 20, "outbox_stuck": 30}
# It waits most of the time, so it runs beside the others.
BESIDE = (faults.dead_merchant,)
# One group after the other.
IN_TURN = (
    (faults.lost_webhooks, faults.clock_skew), (faults.throttling,), (faults.killed_functions,),
    (outage.database_down, poison),
)  # fmt: skip


def main() -> int:
    require_known(wanted())
    progress = Progress()
    began = time.monotonic()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as parts:
        with progress.step("Start a stage of its own"):
            stack = parts.enter_context(running_stack(Path(folder, "data")))
        drills = drilled(stack, progress)
    show(drills, progress.console)
    path = RESULTS / f"local-chaos-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures(drills), indent=1), encoding="utf-8")
    progress.note(f"Written to {path}")
    progress.note(f"{time.monotonic() - began:.0f} s in all.")
    print(summary(drills), flush=True)
    return 0 if is_well(drills) else 1


def drilled(stack: Stack, progress: Progress) -> list[Drill]:
    day = prepared(stack, progress)
    drills: list[Drill] = []
    with ThreadPoolExecutor(DRILLS_AT_ONCE) as pool:
        beside = begun(BESIDE, day, pool)
        for group in IN_TURN:
            drills += ended(begun(group, day, pool), progress)
        drills += ended(beside, progress)
    with progress.step("Look for all that was promised"):
        drills.append(Drill("at the end of the day", lost=books.settle(day)))
    tell(drills[-1], progress)
    with progress.step("Wait for the last cases to close"):
        left = books.open_cases(day)
        drills[-1].injected = len(left)
        drills[-1].notes = "; ".join(left)
    return drills


def begun(
    group: Iterable[Callable[[Day], Drill]], day: Day, pool: ThreadPoolExecutor
) -> dict[str, Future[Drill]]:
    """Those of the group that are wanted; all, unless DRILLS names some."""
    names = wanted()
    return {
        named(drill): pool.submit(drill, day)
        for drill in group
        if not names or drill.__name__ in names
    }


def wanted() -> list[str]:
    return os.environ.get("DRILLS", "").split()


def require_known(names: Iterable[str]) -> None:
    """A drill whose name is misspelt is not one that went well."""
    known = {drill.__name__ for group in (BESIDE, *IN_TURN) for drill in group}
    if unknown := set(names) - known:
        sys.exit(
            f"No such drill: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}"
        )


def ended(running: Mapping[str, Future[Drill]], progress: Progress) -> list[Drill]:
    if not running:
        return []
    with progress.step(", ".join(running)):
        drills = [survived(fault, one) for fault, one in running.items()]
    for drill in drills:
        tell(drill, progress)
    return drills


def prepared(stack: Stack, progress: Progress) -> Day:
    with progress.step("Put the proxy in, register the merchants, make the rules impatient"):
        down_seconds = float(os.environ.get("DOWN_SECONDS") or DOWN_SECONDS)
        stage, shop = Stage(stack), Shop(stack.url, down_seconds)
        merchants = Merchant(), Merchant()
        for store_id, merchant in zip((STORE, OTHER_STORE), merchants, strict=True):
            wish = {"url": merchant.url, "events": ["order.*"], "enabled": True}
            shop.manager.insist("PUT", f"/v1/ops/stores/{store_id}/webhooks", wish)
        for rule, seconds in IMPATIENT.items():
            shop.set_rule(rule, seconds)
        stage.hurry_queues()
        stage.stand_between()
        secrets = json.loads((stack.data_dir / "sandbox" / "sandbox-secrets.json").read_text())
        return Day(shop, stage, *merchants, secrets, down_seconds)


def tell(drill: Drill, progress: Progress) -> None:
    for lost in drill.lost:
        progress.note(f"  lost: {lost}")


def survived(fault: str, running: Future[Drill]) -> Drill:
    """A drill that breaks off, for whatever reason, is a loss, and the others go on."""
    error = running.exception()
    if error is None:
        return running.result()
    told = str(error) if isinstance(error, Lost) else "".join(traceback.format_exception(error))
    return Drill(fault, injected=1, lost=[told])


def named(drill: Callable[[Day], Drill]) -> str:
    return drill.__name__.replace("_", " ")


if __name__ == "__main__":
    sys.exit(main())
