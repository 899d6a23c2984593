"""The practice PayPal beside a moto stage: its webhooks arrive when a test hands them over."""

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import urllib3

from chalicelib.domain.clock import rfc3339
from chalicelib.providers.base import RawWebhook
from chalicelib.providers.base_rsa import private_key, sign
from tests.providers.counterparts_process import CounterpartsProcess
from tests.providers.http_double import Answer, HttpDouble, until


class PayPalCompany:
    def __init__(self, process: CounterpartsProcess, folder: Path) -> None:
        self._double = process.shop
        self.secrets = process.secrets["paypal"]
        self._others = {"alipay": process.secrets["alipay"]}
        self._keys = folder / "paypal" / "keys.json"

    def give_secrets(self) -> None:
        """Its own, and those of another company to choose instead."""
        for name, secret in {"paypal": self.secrets, **self._others}.items():
            boto3.client("secretsmanager").create_secret(
                Name=f"docket/test/payments/{name}", SecretString=json.dumps(secret)
            )

    def approve(self, payment: Any, outcome: str = "succeeded") -> None:
        answer = urllib3.request("POST", payment.next_action.url, json={"outcome": outcome})
        assert answer.status == 200, answer.data

    def heard(self, payment: Any, count: int) -> list[RawWebhook]:
        """What came about a payment, in order of arrival, once it is that many."""

        def about() -> list[RawWebhook]:
            name = payment.payment_id.encode()
            return [RawWebhook(a.body, a.headers) for a in self._double.asked if name in a.body]

        assert until(lambda: len(about()) >= count)
        return about()

    def sign(self, event: dict[str, Any]) -> RawWebhook:
        """As PayPal would: for what an attacker with a collision of the CRC could send."""
        body = json.dumps(event).encode()
        key = private_key(json.loads(self._keys.read_text())["private_key"])
        sent = rfc3339(datetime.now(UTC))
        content = f"t-1|{sent}|{self.secrets['webhook_id']}|{zlib.crc32(body)}"
        headers = {
            "paypal-transmission-id": "t-1",
            "paypal-transmission-time": sent,
            "paypal-transmission-sig": sign(key, content.encode()),
            "paypal-auth-algo": "SHA256withRSA",
        }
        return RawWebhook(body, headers)


@contextmanager
def running_paypal(folder: Path) -> Iterator[PayPalCompany]:
    with HttpDouble(lambda _: Answer(200)) as double:
        process = CounterpartsProcess(folder, double)
        yield PayPalCompany(process, folder)
        assert process.stop() == 0
