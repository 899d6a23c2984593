"""`make run`: start the local stage, or redeploy into the one that runs on the same data folder."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from infra.errors import Failed
from infra.local.accounts import SIGN_IN_WITH, demo_accounts
from infra.local.control import Running, lock
from infra.local.local_stage import LocalStage
from infra.local.progress import Progress
from infra.local.supervisor import Options, Supervisor

OTHER_STARTS_SECONDS = 180


def main() -> int:
    try:
        options = read_options()
        held = lock(options.data_dir)
        if held is None:
            return redeploy(options.data_dir, Progress())
        with held:
            return asyncio.run(serve(options, Progress()))
    except Failed as error:
        print(error, file=sys.stderr)
        return 1


def read_options() -> Options:
    data_dir = Path(os.environ.get("DATA_DIR") or ".local").resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    providers = os.environ.get("PROVIDERS") or "none"
    if providers not in {"none", "practice"}:
        raise Failed(f"PROVIDERS can be practice or none, not {providers!r}.")
    return Options(
        data_dir=data_dir,
        port=int(os.environ.get("PORT") or "8000"),
        seed=os.environ.get("SEED", "") != "none",
        practice=providers == "practice",
    )


async def serve(options: Options, progress: Progress) -> int:
    """Run until told to end."""
    here = asyncio.current_task()
    assert here is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, here.cancel)
    started = time.monotonic()
    supervisor = Supervisor(options, progress)
    try:
        async with supervisor.running():
            welcome(supervisor.url, progress, time.monotonic() - started, seeded=options.seed)
            part = await supervisor.ended()
            print(f"{part} ended unexpectedly; see the logs in {options.data_dir}", file=sys.stderr)
            return 1
    except asyncio.CancelledError:
        return 0


def welcome(url: str, progress: Progress, seconds: float, *, seeded: bool) -> None:
    progress.note(f"\n[bold green]Docket is ready[/] after {seconds:.1f} s.\n")
    pages = {
        "Shop": f"{url}/",
        "Console": f"{url}/ops",
        "API": f"{url}/docs",
        "Mailbox and more": f"{url}/_local/",
    }
    progress.table("Addresses", pages)
    accounts = {address: ", ".join(groups) for address, groups in demo_accounts().items()}
    progress.table(f"\nAccounts, password {SIGN_IN_WITH}", accounts)
    shop = "" if seeded else " The shop is empty (SEED=none)."
    progress.note(f"\nmake run again redeploys changed code; Ctrl-C ends it all.{shop}")


def redeploy(data_dir: Path, progress: Progress) -> int:
    """Put the work tree's code into the stage that another process keeps running."""
    running = wait_for_the_first(data_dir)
    stage = LocalStage(running.aws_endpoint, running.url)
    started = time.monotonic()
    with progress.step(f"Redeploy into {running.url}"):
        stage.deploy_data()
        running.tell("hold")
        try:
            upstream = stage.deploy_app()
        except BaseException:
            running.tell("resume")
            raise
        running.tell("open", upstream=upstream)
    progress.note(f"Redeployed in {time.monotonic() - started:.1f} s.")
    return 0


def wait_for_the_first(data_dir: Path) -> Running:
    deadline = time.monotonic() + OTHER_STARTS_SECONDS
    while time.monotonic() < deadline:
        if running := Running.load(data_dir):
            return running
        time.sleep(0.2)
    raise Failed(f"Another make run holds {data_dir} and does not become ready.")


if __name__ == "__main__":
    sys.exit(main())
