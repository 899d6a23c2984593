"""The practice payment companies as processes of the local stage, and the secrets they give.

The sandbox always runs, and the practice push service with it; the practice Stripe, PayPal, Alipay
and WeChat Pay, and the practice tax platform beside them, where `PROVIDERS=practice`.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.errors import Failed
from infra.local.children import Child
from infra.local.cloud import plain_environment
from infra.local.counterparts.base_serving import TAX_PLATFORM, names
from infra.local.ports import free_port, remembered_port

STOP_SECONDS = 3
Secrets = dict[str, dict[str, Any]]  # by provider


@dataclass
class Company:
    """One process and the companies in it: `names` with the prefix that each has there."""

    module: str
    names: Mapping[str, str]
    arguments: tuple[str, ...]
    data_dir: Path
    secrets_file: Path
    port: int
    other_names: tuple[str, ...] = ()  # tax platforms in the same process
    _process: Child | None = None

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}{self.names[name]}"

    def start(self) -> None:
        arguments = (f"--port={self.port}", f"--data-dir={self.data_dir}", *self.arguments)
        log = self.data_dir / "log"
        environment = plain_environment()
        self._process = Child.module(self.module, *arguments, environment=environment, log=log)

    def keep_running(self) -> None:
        if self._process and not self._process.running:
            self.start()

    def stop(self) -> None:
        if self._process:
            self._process.stop(STOP_SECONDS)

    async def secrets(self) -> Secrets:
        """What Docket needs to know of each, once this start of the process has written it."""
        while not (found := self._written()):
            if self._process and not self._process.running:
                raise Failed(f"{self.module} did not start; see {self._process.log}")
            await asyncio.sleep(0.05)
        return found

    @property
    def tax_platforms(self) -> dict[str, str]:
        """Addresses by prefix."""
        return {name: f"http://127.0.0.1:{self.port}/{name}" for name in self.other_names}

    def einvoice_secrets(self) -> Secrets:
        """By tax platform; written before the companies' own."""
        path = self.data_dir / "einvoices.json"
        return json.loads(path.read_text(encoding="utf-8")) if self.other_names else {}

    def _written(self) -> Secrets:
        """None yet, or what an earlier start wrote under another port: nothing."""
        if not self.secrets_file.exists():
            return {}
        written = json.loads(self.secrets_file.read_text(encoding="utf-8"))
        found = written if set(written) == set(self.names) else dict.fromkeys(self.names, written)
        here = f"http://127.0.0.1:{self.port}"
        return found if all(here in json.dumps(secret) for secret in found.values()) else {}


def companies(data_dir: Path, url: str, *, practice: bool) -> list[Company]:
    """The companies of a stage at `url`."""
    folder = data_dir / "sandbox"
    webhooks = f"{url}/v1/webhooks/payments"
    sandbox = Company(
        module="infra.local.sandbox",
        names={"sandbox": ""},
        arguments=(f"--webhook-url={webhooks}/sandbox", f"--public-url={url}/_local/sandbox"),
        data_dir=folder,
        secrets_file=folder / "sandbox-secrets.json",
        port=remembered_port(data_dir / "sandbox-port"),  # browsers subscribed at its push service
    )
    if not practice:
        return [sandbox]
    folder = data_dir / "counterparts"
    counterparts = Company(
        module="infra.local.counterparts",
        names={name: f"/{name}" for name in names()},
        arguments=(f"--webhook-base={webhooks}", f"--public-url={url}/_local"),
        data_dir=folder,
        secrets_file=folder / "secrets.json",
        port=free_port(),
        other_names=(TAX_PLATFORM,),
    )
    return [sandbox, counterparts]


async def payment_secrets(found: list[Company], own: Secrets) -> Secrets:
    """What practice companies gave; the operator's own credentials take their place, each whole."""
    given: Secrets = {}
    for company in found:
        given |= await company.secrets()
    return given | own


def known_before(data_dir: Path) -> set[str]:
    """The providers that this or an earlier run practiced with."""
    folder = data_dir / "counterparts"
    return {path.name for path in folder.iterdir() if path.is_dir()} if folder.exists() else set()
