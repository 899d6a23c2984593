"""The sandbox company beside a moto stage: payments are real, webhooks arrive when told to."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import urllib3

from chalicelib.domain.payment_requests import PaymentRequest
from chalicelib.providers.base import RawWebhook, WebhookReply
from chalicelib.services import payments, webhooks
from tests.factories import CUSTOMER
from tests.providers.http_double import HttpDouble, until


class Cashier:
    """Starts payments, pays them at the company and hands its webhooks over."""

    def __init__(self, double: HttpDouble, process: Any) -> None:
        self._double = double
        self._base = process.base
        boto3.client("secretsmanager").create_secret(
            Name="docket/test/payments/sandbox", SecretString=json.dumps(dict(process.secrets))
        )

    def start(self, order_id: str, key: str = "pay-1", caller=CUSTOMER, **wish: Any):
        request = PaymentRequest(**{"provider": "sandbox", "method": "card", **wish})
        return payments.start(order_id, request, caller, key, datetime.now(UTC)).payment

    def settle(self, payment: Any, outcome: str) -> None:
        answer = urllib3.request(
            "POST", payment.next_action.url, json={"outcome": outcome}, retries=False
        )
        assert answer.status == 200, answer.data

    def heard(self, payment: Any, count: int = 1) -> list[RawWebhook]:
        """The first `count` webhooks about a payment, in order of arrival."""

        def about() -> list[RawWebhook]:
            name = payment.payment_id.encode()
            return [RawWebhook(a.body, a.headers) for a in self._double.asked if name in a.body]

        until(lambda: len(about()) >= count)
        return about()

    def deliver(self, payment: Any, count: int = 1) -> list[WebhookReply]:
        return [
            webhooks.receive("sandbox", raw, datetime.now(UTC))
            for raw in self.heard(payment, count)
        ]
