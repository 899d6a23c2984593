"""One small world: the shop in moto, the sandbox bank, a merchant, and every real handler."""

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Self

import boto3

from chalicelib import aws
from chalicelib.domain.merchant_deliveries import Endpoint
from chalicelib.services import rules
from chalicelib.store import endpoints
from chalicelib.workers.alerts import deliver_alerts
from chalicelib.workers.invoices import issue_invoices
from chalicelib.workers.merchant_deliveries import deliver_to_merchant
from chalicelib.workers.notifications import deliver_notifications
from chalicelib.workers.relay import relay_order_events
from chalicelib.workers.sweep import sweep_exceptions
from infra.local.counterparts.base import Desk
from infra.local.counterparts.base_http import Server
from infra.local.counterparts.base_ledger import Ledger
from infra.local.sandbox_facade import SandboxFacade, new_keys
from tests import tokens
from tests.account import forget, fresh_account
from tests.factories import MARKET, NOODLES, open_shop
from tests.http import Answer, Client
from tests.reliability.crashes import Killed
from tests.reliability.simulation import clock
from tests.reliability.simulation.bus import ALERTS, INVOICES, MERCHANT, NOTIFICATIONS, Bus
from tests.reliability.simulation.faults import CALM, Faults
from tests.support.merchant import Merchant, reply
from tests.workers.sqs import Context

ROOT = Path(__file__).parents[3]
SCHEDULED = json.loads((ROOT / "events" / "schedule_sweep.json").read_text())
CONSUMERS = {
    NOTIFICATIONS: deliver_notifications, MERCHANT: deliver_to_merchant,
    INVOICES: issue_invoices, ALERTS: deliver_alerts,
}  # fmt: skip
_HOOK = "/v1/webhooks/payments/sandbox"
_LEASE_SECONDS = 15.0
_TOKEN_SECONDS = 3000


class _BankServer(Server):
    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that was killed hangs up: nothing to tell."""


class World:
    """Everything that moves; each method is one step, whose outcome goes into the trace."""

    def __init__(self, seed: int, client: Client, dynamodb: str | None) -> None:
        self.seed = seed
        self.random = random.Random(f"world {seed}")
        self.bus = Bus(seed)
        self.faults = Faults(seed, self.bus.answered, self.bus.written)
        self.trace: list[str] = []
        self.complaints: list[str] = []
        self.ledger = Ledger(Path(":memory:"))
        self.merchant = Merchant()
        self._client = client
        self._dynamodb = dynamodb
        self._server = _BankServer(0)
        base = self._server.base
        desk = Desk("sandbox", base, base, f"{base}{_HOOK}", Path(), self.ledger, lambda: None)
        self._facade = SandboxFacade(desk, new_keys())
        self._server.mount("", self._facade)
        self.bank = self._facade.bank
        self._tokens_at = clock.now()

    @contextmanager
    def open(self) -> Iterator[None]:
        serving = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        serving.start()
        try:
            with fresh_account(self._dynamodb), self.faults.installed():
                self._furnish()
                yield
        finally:
            self._server.shutdown()
            self._server.server_close()
            self.merchant.close()

    def _furnish(self) -> None:
        aws.client.cache_clear()
        tokens.bearer.cache_clear()
        boto3.client("secretsmanager").create_secret(
            Name="docket/test/payments/sandbox", SecretString=json.dumps(self._facade.secret())
        )
        open_shop()
        endpoints.save_endpoint(
            Endpoint(
                store_id=MARKET, url=self.merchant.url, secret="whsec_c2VjcmV0",
                created_at=clock.now(), updated_at=clock.now(),
            )
        )  # fmt: skip
        for path in ("/v1/stores", "/v1/orders"):
            self.ask("GET", path, authorization=self.customer("cus-ada"))

    def note(self, line: str) -> None:
        self.trace.append(f"{clock.now():%H:%M:%S} {line}")

    def complain(self, line: str) -> None:
        self.note(f"WRONG: {line}")
        self.complaints.append(line)

    def customer(self, customer_id: str) -> str:
        return self._bearer(customer_id)

    def staff(self, role: str) -> str:
        return self._bearer(f"staff-{role}", role, f"store:{MARKET}", f"store:{NOODLES}")

    def _bearer(self, subject: str, *groups: str) -> str:
        if (clock.now() - self._tokens_at).total_seconds() > _TOKEN_SECONDS:
            tokens.bearer.cache_clear()
            self._tokens_at = clock.now()
        return tokens.bearer(subject, *groups)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answer | None:
        """One request of somebody; None when the function was killed over it."""
        answer = self._run(lambda: self._client.send(method, path, body, **more))
        said = "killed" if answer is None else f"{answer.status} {_code(answer)}"
        self.note(f"{method} {path} {json.dumps(body) if body else ''} -> {said}")
        if answer is not None and answer.status >= 500 and answer.status != 503:
            self.complain(f"{method} {path} answered {answer.status}: {answer.text}")
        return answer

    def _run(self, act: Callable[[], Any]) -> Any:
        try:
            with self.faults.invocation(), redirect_stdout(StringIO()):
                return act()
        except Killed:
            self._renew()
            return None

    def _renew(self) -> None:
        """A killed function's successor remembers nothing."""
        forget()
        rules.forget()

    def _invoke(self, name: str, handler: Callable[..., Any], event: Any) -> Any:
        """A function's answer; None when it was killed or raised."""
        answer = None
        with _Ending() as ending:
            answer = self._run(lambda: handler(event, Context()))
        if ending.error is not None:
            self.note(f"{name} raised {ending.error!r}")
            if self.faults.weather is CALM:
                self.complain(f"{name} raised {ending.error!r} without any fault")
        else:
            self.note(f"{name} -> {'killed' if answer is None else answer}")
        return answer

    def relay(self) -> bool:
        if not any(self.bus.shards):
            return False
        shard, batch = self.bus.take_records()
        answer = self._invoke(f"relay {len(batch)}", relay_order_events, {"Records": batch})
        self.bus.settle_records(shard, batch, _failed(answer))
        return True

    def consume(self, queue: str) -> bool:
        batch = self.bus.take(queue)
        if not batch:
            return False
        records = [{"messageId": one.message_id, "body": one.body} for one in batch]
        event = {"Records": [_SQS | record for record in records]}
        answer = self._invoke(f"{queue} {len(batch)}", CONSUMERS[queue], event)
        self.bus.settle(queue, batch, _failed(answer))
        return True

    def post_webhooks(self, doubling: float = 0.0) -> bool:
        """The bank posts what is due, in whatever order; a lost answer makes it post again."""
        now = clock.now().timestamp()
        due = self.ledger.take_due(now, _LEASE_SECONDS)
        for delivery_id, text in self.random.sample(due, len(due)):
            event = json.loads(text)
            forged = event.pop("badly_signed", False)
            told = self._facade.notification(event, badly_signed=forged)
            answer = self.ask("POST", _HOOK, raw=told.body, headers=dict(told.headers))
            if self.random.random() >= doubling:
                taken = answer is not None and (answer.status == 200 or forged)
                self.ledger.record_attempt(delivery_id, now, delivered=taken)
        return bool(due)

    def sweep(self) -> Any:
        return self._invoke("sweep", sweep_exceptions, SCHEDULED)

    def merchant_answers(self, status: int) -> None:
        self.merchant.answer = reply(status)


class _Ending:
    """How a function's run ended: what it raises ends the run alone, as in Lambda."""

    error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        self.error = error
        return isinstance(error, Exception)


_SQS = {"eventSource": "aws:sqs", "receiptHandle": "r", "attributes": {}, "messageAttributes": {}}


def _failed(answer: Any) -> set[str] | None:
    if answer is None:
        return None
    return {one["itemIdentifier"] for one in answer["batchItemFailures"]}


def _code(answer: Answer) -> str:
    return str(answer.json.get("code", "")) if answer.status >= 400 else ""
