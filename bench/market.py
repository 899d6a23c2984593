"""A shop with every payment company beside it, and whatever they have to tell, not delivered yet.

The companies are the practice ones, processes that sign as the real ones do.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import boto3
import msgspec
import urllib3

from bench.meter import Usage
from bench.order_life import LINES, Counter, open_counter
from chalicelib import config
from chalicelib.providers.base import RawWebhook
from chalicelib.store import orders as table
from tests import factories, tokens
from tests.providers.counterparts_process import CounterpartsProcess
from tests.providers.http_double import Answer, HttpDouble
from tests.providers.sandbox_process import SandboxProcess

METHODS = {
    "sandbox": "card", "stripe": "card", "paypal": "wallet", "alipay": "wallet", "wechat_pay": "qr",
}  # fmt: skip
MANAGER = tokens.bearer("staff-mia", "manager", f"store:{factories.MARKET}")


class Told(NamedTuple):
    company: str
    webhook: RawWebhook


class Spent(msgspec.Struct):
    """On the webhooks that were delivered, from the first on or since it was set anew."""

    webhooks: int = 0
    refused: int = 0
    cpu_seconds: float = 0.0
    usage: Usage = msgspec.field(default_factory=Usage)


class Market:
    def __init__(self, counter: Counter, posted: HttpDouble, stripe_base: str) -> None:
        self.counter = counter
        self.spent = Spent()
        self._posted = posted
        self._read = 0
        self._stripe_base = stripe_base

    def buy(self, company: str, number: int) -> str:
        """An order of a customer of its own, paid at the company; nobody told us so yet."""
        buyer = tokens.bearer(f"cus-{number}", "customer")
        body = {**factories.order_body(line_items=LINES), "allow_duplicate": True}
        placed = self.counter.ask(
            "POST", "/v1/orders", body, key=f"order-{number}", authorization=buyer
        )
        order_id = str(placed.json["order_id"])
        begun = self.counter.ask(
            "POST", f"/v1/orders/{order_id}/payments",
            {"provider": company, "method": METHODS[company]}, key=f"pay-{number}",
            authorization=buyer,
        )  # fmt: skip
        if company == "stripe":
            reference = table.load_file(order_id).payments[-1].reference
            _succeed(f"{self._stripe_base}/pay/{reference}")
        else:
            action = begun.json["next_action"]
            _succeed(action.get("url") or action["qr_data"])
        return order_id

    def give_back(self, order_id: str) -> bool:
        """All of it, by staff, once it is paid; whether it was."""
        if table.load_order(order_id).payment_status != "paid":
            return False
        path = f"/v1/ops/orders/{order_id}/refunds"
        wish = {"reason": "cold"}
        self.counter.ask("POST", path, wish, key=f"back-{order_id}", authorization=MANAGER)
        return True

    def news(self) -> list[Told]:
        """What was told since the last time."""
        posted = list(self._posted.asked)
        new, self._read = posted[self._read :], len(posted)
        return [
            Told(asked.path.rpartition("/")[2], RawWebhook(asked.body, asked.headers))
            for asked in new
        ]

    def deliver(self, told: Told) -> None:
        path = f"/v1/webhooks/payments/{told.company}"
        headers = {name.title(): value for name, value in told.webhook.headers.items()}
        began = time.thread_time()
        with self.counter.meter.measured() as usage:
            answer = self.counter.client.send("POST", path, raw=told.webhook.body, headers=headers)
        self.spent.cpu_seconds += time.thread_time() - began
        self.spent.usage.add(usage)
        self.spent.webhooks += 1
        if not 200 <= answer.status < 300 or answer.text == "failure":
            self.spent.refused += 1


def _succeed(page: str) -> None:
    answer = urllib3.request("POST", page, json={"outcome": "succeeded"}, retries=False)
    if answer.status != 200:
        raise AssertionError(f"{page}: {answer.status} {answer.data!r}")


@contextmanager
def open_market(dynamodb: str | None = None) -> Iterator[Market]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        posted = stack.enter_context(HttpDouble(lambda _: Answer(200, b"success")))
        for name in ("sandbox", "practice"):
            (folder / name).mkdir()
        sandbox = SandboxProcess(folder / "sandbox", f"{posted.base}/sandbox")
        stack.callback(sandbox.stop)
        practice = CounterpartsProcess(folder / "practice", posted)
        stack.callback(practice.stop)
        stack.enter_context(_public_url(posted.base))
        counter = stack.enter_context(open_counter(dynamodb))
        for name, secret in {**practice.secrets, "sandbox": sandbox.secrets}.items():
            boto3.client("secretsmanager").create_secret(
                Name=f"docket/test/payments/{name}", SecretString=json.dumps(dict(secret))
            )
        yield Market(counter, posted, practice.secrets["stripe"]["api_base"])


@contextmanager
def _public_url(url: str) -> Iterator[None]:
    """Where payments tell their companies to post."""
    before = os.environ["DOCKET_PUBLIC_URL"]
    os.environ["DOCKET_PUBLIC_URL"] = url
    config.settings.cache_clear()
    try:
        yield
    finally:
        os.environ["DOCKET_PUBLIC_URL"] = before
        config.settings.cache_clear()
