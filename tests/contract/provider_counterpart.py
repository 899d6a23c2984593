"""A provider of ours and a double of the company behind it, from the provider's sample."""

import importlib
import json
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib import plugins
from chalicelib.domain.money import Money
from chalicelib.providers.base import RefundPayment, StartPayment
from tests.providers.http_double import Answer, HttpDouble

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PRICE = Money(1299, "CNY")
NOWHERE = "http://127.0.0.1:9"
START = StartPayment(
    payment_id="pay_1",
    order_id="ord_1",
    order_number="22-K7MQ4",
    method="card",
    amount=PRICE,
    return_url="https://shop.example/#/orders/ord_1",
    webhook_url="https://shop.example/v1/webhooks/payments/x",
    expires_at=NOW + timedelta(minutes=15),
    language="en",
)


class Counterpart:
    """The double is in one state at a time, or gives one answer to everything."""

    def __init__(self, name):
        self.provider = plugins.load("providers", name).PROVIDER
        self.sample = importlib.import_module(f"tests.contract.provider_samples.{name}")
        self.secrets = self.sample.secrets(NOWHERE)
        self.start = msgspec.structs.replace(START, method=getattr(self.sample, "METHOD", "card"))
        self.wish = RefundPayment(
            refund_id="ref_1",
            payment_id="pay_1",
            order_id="ord_1",
            reference=self.sample.REFERENCE,
            amount=PRICE,
            captured=PRICE,
            reason="changed my mind",
            webhook_url=START.webhook_url,
        )

    def in_state(self, state):
        double = HttpDouble(lambda asked: self.sample.respond(asked, state))
        self.secrets = self.sample.secrets(double.base)
        return double

    def answering(self, answer):
        """To everything but what some ask for first, such as a token."""
        first = getattr(self.sample, "preamble", lambda _: None)
        double = HttpDouble(lambda asked: first(asked) or answer)
        self.secrets = self.sample.secrets(double.base)
        return double

    def refusing(self, status, code):
        """A final no in the company's own words, with more in them than its code."""
        text = f"{self.sample.KEY} of Ada Lovelace"
        plain = Answer(status, json.dumps({"error": {"code": code, "message": text}}).encode())
        refusal = getattr(self.sample, "refusal", lambda *_: plain)
        return self.answering(refusal(status, code))

    @property
    def least_known(self):
        """What has to be known to ask about a payment: where our id will do, nothing."""
        return None if getattr(self.sample, "KNOWS_OUR_ID", True) else self.sample.REFERENCE

    def calls(self):
        reference = self.sample.REFERENCE
        return {
            "start": lambda: self.provider.start(self.secrets, self.start),
            "ask": lambda: self.provider.ask(self.secrets, "pay_1", reference),
            "close": lambda: self.provider.close(self.secrets, "pay_1", reference),
            "refund": lambda: self.provider.refund(self.secrets, self.wish),
            "ask_refund": lambda: self.provider.ask_refund(self.secrets, self.wish),
        }

    def question(self, asked):
        """What a request asks; a signature over the moment at which it does may differ."""
        of_sample = getattr(self.sample, "question", None)
        return of_sample(asked) if of_sample else (asked.path, asked.body)

    def hear(self, name):
        return self.provider.verify(self.secrets, self.sample.webhook(name, NOW), NOW)
