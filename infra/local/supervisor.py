"""Keeps the local stage running: starts every part in order, and ends them all, state saved."""

import asyncio
import importlib.util
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from infra.errors import Failed
from infra.local.children import Child
from infra.local.cloud import LocalCloud, client_environment, plain_environment
from infra.local.companies import companies, known_before, payment_secrets
from infra.local.control import Running, control_routes, new_token
from infra.local.counterparts._push_service import NAME as PUSH
from infra.local.front_door import FrontDoor
from infra.local.local_stage import LocalStage
from infra.local.own_secrets import own_secrets
from infra.local.pages import local_routes
from infra.local.ports import remembered_port
from infra.local.progress import Progress
from infra.package import build

DOOR_STOP_SECONDS = 2.0
SEED_SECONDS = 120


@dataclass(frozen=True)
class Options:
    data_dir: Path
    port: int
    seed: bool
    practice: bool


class Supervisor:
    """One local stage on one data folder, whose lock the caller holds."""

    def __init__(self, options: Options, progress: Progress) -> None:
        self._options = options
        self._progress = progress
        self.url = f"http://127.0.0.1:{options.port}"
        data_dir = options.data_dir
        self._cloud = LocalCloud(data_dir, remembered_port(data_dir / "cloud" / "port"))
        self.stage = LocalStage(self._cloud.endpoint, self.url)
        self._door = FrontDoor(f"127.0.0.1:{options.port}")
        self._own_secrets = own_secrets(data_dir / "secrets.json")
        self._companies = companies(data_dir, self.url, practice=options.practice)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything is usable inside, and gone after."""
        async with AsyncExitStack() as parts:
            token = new_token()
            await parts.enter_async_context(self._door.session())
            await parts.enter_async_context(self._serving(token))
            parts.callback(self._stop_processes)
            await self._start()
            running = Running(os.getpid(), self.url, self._cloud.endpoint, token)
            running.save(self._options.data_dir)
            parts.callback((self._options.data_dir / "running.json").unlink, missing_ok=True)
            self._door.started = True
            yield

    async def ended(self) -> str:
        """Wait for a part that ends although nobody asked it to; its name."""
        while True:
            await asyncio.sleep(0.5)
            if not self._cloud.running:
                return "The local AWS"
            for company in self._companies:
                company.keep_running()

    @asynccontextmanager
    async def _serving(self, token: str) -> AsyncIterator[None]:
        application = web.Application()
        payment_pages = {name: at.address(name) for at in self._companies for name in at.names}
        push_service = f"{payment_pages['sandbox']}/{PUSH}"
        application.add_routes(control_routes(self._door, token))
        platforms = {
            name: at for each in self._companies for name, at in each.tax_platforms.items()
        }
        application.add_routes(
            local_routes(self._cloud.endpoint, payment_pages, platforms, push_service, self.url)
        )
        application.router.add_route("*", "/{path:.*}", self._door.answer)
        runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=DOOR_STOP_SECONDS, auto_decompress=False
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._options.port, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            taken = f"Port {self._options.port} is taken; choose another: make run PORT=8001"
            raise Failed(taken) from error
        try:
            yield
        finally:
            await runner.cleanup()

    async def _start(self) -> None:
        step, stage = self._progress.step, self.stage
        with step("Start the local AWS, package the functions"):
            self._cloud.start()
            for company in self._companies:
                company.start()
            await asyncio.gather(self._cloud.ready(), asyncio.to_thread(build))
        with step("Deploy tables, queues, topics and the user pool"):
            await asyncio.to_thread(stage.deploy_data)
        with step("Deploy the functions"):
            upstream = await asyncio.to_thread(stage.deploy_app)
        with step("Create accounts, load secrets, seed the shop, warm the functions up"):
            await asyncio.gather(
                asyncio.to_thread(stage.verify_sender),
                asyncio.to_thread(stage.create_accounts),
                self._load_secrets(),
                asyncio.to_thread(stage.wake_issuer),
                self._seed(),
                self._door.warm(upstream),
            )
        self._door.open_to(upstream)

    async def _load_secrets(self) -> None:
        wanted = await payment_secrets(self._companies, self._own_secrets)
        taxes: dict[str, dict[str, object]] = {}
        for company in self._companies:
            taxes |= company.einvoice_secrets()
        await asyncio.to_thread(self.stage.load_einvoice_secrets, taxes)
        before = known_before(self._options.data_dir)
        await asyncio.to_thread(self.stage.load_secrets, wanted, before)

    async def _seed(self) -> None:
        if not (self._options.seed and importlib.util.find_spec("infra.local.seed")):
            return
        environment = {
            **plain_environment(),
            **self.stage.function_environment(),
            **client_environment(self._cloud.endpoint),
        }
        log = self._options.data_dir / "seed.log"
        seed = Child.module("infra.local.seed", environment=environment, log=log)
        try:
            code = await asyncio.wait_for(seed.finished(), SEED_SECONDS)
        finally:
            seed.stop(1)
        if code:
            raise Failed(f"The demo shop could not be seeded; see {log}")

    def _stop_processes(self) -> None:
        started = time.monotonic()
        for company in self._companies:
            company.stop()
        self._cloud.stop()
        self._progress.note(f"Ended, everything saved, in {time.monotonic() - started:.1f} s.")
