"""The sandbox provider as tests start it: the real process, with its secrets file."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import urllib3

from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.providers.base import Secrets, StartPayment
from chalicelib.providers.sandbox import PROVIDER

PRICE = Money(1299, "CNY")


class SandboxProcess:
    def __init__(self, data_dir: Path, webhook_url: str, public_url: str | None = None) -> None:
        command = [sys.executable, "-m", "infra.local.sandbox", "--data-dir", str(data_dir)]
        command += ["--webhook-url", webhook_url]
        command += ["--public-url", public_url] if public_url else []
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
        self.greeting = self._process.stdout.readline()
        self.secrets: Secrets = json.loads((data_dir / "sandbox-secrets.json").read_text())
        self.base: str = self.secrets["api_base"]

    def stop(self) -> int:
        self._process.terminate()
        return self._finish()

    def kill(self) -> int:
        self._process.kill()
        return self._finish()

    def _finish(self) -> int:
        code = self._process.wait(timeout=10)
        self._process.stdout.close()
        return code


def a_payment(**changes) -> StartPayment:
    terms = {
        "payment_id": fresh("pay"),
        "order_id": fresh("ord"),
        "order_number": "22-K7MQ4",
        "method": "card",
        "amount": PRICE,
        "return_url": "http://127.0.0.1:8000/#/orders/1",
        "webhook_url": "http://127.0.0.1:8000/v1/webhooks/payments/sandbox",
        "expires_at": datetime(2030, 1, 1, tzinfo=UTC),
        "language": "en",
    }
    return StartPayment(**terms | changes)


def started(sandbox, **changes) -> tuple[StartPayment, str]:
    payment = a_payment(**changes)
    return payment, PROVIDER.start(sandbox.secrets, payment).next_action.url


def pay(url: str, outcome: object):
    return urllib3.request("POST", url, json={"outcome": outcome}, redirect=False, retries=False)
