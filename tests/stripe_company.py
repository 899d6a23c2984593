"""A small Stripe that keeps books: intents, refunds, a dashboard; its SDK signs its events."""

import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3

from chalicelib.domain.payment_requests import PaymentRequest
from chalicelib.providers.base import RawWebhook
from chalicelib.services import payments, webhooks
from tests.contract.provider_samples import stripe as sample
from tests.factories import CUSTOMER
from tests.providers.http_double import Answer, Asked, HttpDouble

Json = dict[str, Any]


class StripeCompany(HttpDouble):
    """Used as a context. `events` are all that ever happened, the oldest first."""

    def __init__(self) -> None:
        super().__init__(self._respond)
        self.intents: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.events: list[Json] = []
        self.page = 100
        self.is_down = self.loses_answers = False

    def register(self, **more: str) -> None:
        boto3.client("secretsmanager").create_secret(
            Name="docket/test/payments/stripe",
            SecretString=json.dumps({**sample.secrets(self.base), **more}),
        )

    def start(self, order_id: str, key: str = "pay-1", **more: Any) -> Any:
        wish = PaymentRequest(provider="stripe", method="card", **more)
        return payments.start(order_id, wish, CUSTOMER, key, datetime.now(UTC)).payment

    def pay(self, reference: str) -> Json:
        """The buyer's card is taken; returns the event, which nobody has sent yet."""
        intent = self.intents[reference]
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        return self.happened("payment_intent.succeeded", intent)

    def refund(self, reference: str, amount: int, status: str = "succeeded") -> Json:
        """As somebody does it in the dashboard: without any id of ours."""
        made = self._made_refund({"payment_intent": reference, "amount": amount}, {}, status)
        return self.happened("refund.created", made)

    def dispute(self, reference: str, status: str = "needs_response", **more: Any) -> Json:
        closed = status in {"won", "lost"}
        currency = self._currency_of(reference)
        claim = sample.dispute(status, payment_intent=reference, currency=currency, **more)
        claim["id"] = f"dp_{reference}"
        return self.happened(f"charge.dispute.{'closed' if closed else 'created'}", claim)

    def happened(self, kind: str, thing: Json) -> Json:
        event = sample.event(kind, json.loads(json.dumps(thing)))
        event |= {"id": f"evt_{len(self.events) + 1:04d}_{thing['id']}", "created": _now()}
        self.events.append(event)
        return event

    def deliver(self, event: Json) -> int:
        return webhooks.receive("stripe", signed(event), datetime.now(UTC)).status

    def _currency_of(self, reference: str) -> str:
        return str(self.intents.get(reference, {}).get("currency", "cny"))

    def _made_refund(self, wish: Json, metadata: Json, status: str = "succeeded") -> Json:
        currency = self._currency_of(wish["payment_intent"])
        made = sample.refund(
            status, id=f"re_{len(self.refunds) + 1}", metadata=metadata, created=_now(),
            currency=currency, **wish,
        )  # fmt: skip
        self.refunds[made["id"]] = made
        return made

    def _respond(self, asked: Asked) -> Answer:
        parts = urlsplit(asked.path)
        form = dict(parse_qsl(asked.body.decode()))
        query = dict(parse_qsl(parts.query))
        name = parts.path.removeprefix("/v1/").replace("/", "_").partition("_pi_")[0]
        found = getattr(self, f"_{asked.method.lower()}_{name}", None)
        if self.is_down:
            return DOWN
        answer = found(parts.path, form, query) if found else _problem(404, "resource_missing")
        return DOWN if self.loses_answers else answer

    def _post_payment_intents(self, path: str, form: Json, _: Json) -> Answer:
        if path.endswith("/cancel"):
            intent = self.intents[path.split("/")[3]]
            if intent["status"] == "succeeded":
                return _problem(400, "payment_intent_unexpected_state")
            intent["status"] = "canceled"
            return _json(intent)
        reference = f"pi_{len(self.intents) + 1}"
        self.intents[reference] = sample.intent(
            "requires_payment_method", id=reference, amount=int(form["amount"]),
            currency=form["currency"], metadata=_metadata(form), created=_now(),
            client_secret=f"{reference}_secret_1",
        )  # fmt: skip
        return _json(self.intents[reference])

    def _get_payment_intents(self, path: str, _: Json, __: Json) -> Answer:
        intent = self.intents.get(path.split("/")[3])
        return _json(intent) if intent else _problem(404, "resource_missing")

    def _get_charges(self, _: str, __: Json, query: Json) -> Answer:
        charges = [
            {
                "id": f"ch_{intent['id']}", "amount_captured": intent["amount_received"],
                "currency": intent["currency"], "created": intent["created"], "captured": True,
                "payment_intent": intent["id"], "metadata": intent["metadata"],
                "balance_transaction": _moved(intent, query.get("expand[]", "")),
            }
            for intent in self.intents.values()
            if intent["status"] == "succeeded"
        ]  # fmt: skip
        return _json({"data": charges, "has_more": False})

    def _get_events(self, _: str, __: Json, query: Json) -> Answer:
        ids = [event["id"] for event in self.events]
        before = query.get("ending_before")
        if before and before not in ids:
            return _problem(404, "resource_missing")
        start = ids.index(before) + 1 if before else 0
        page = self.events[start : start + self.page]
        return _json({"data": page[::-1], "has_more": start + self.page < len(ids)})

    def _post_refunds(self, _: str, form: Json, __: Json) -> Answer:
        wish = {"payment_intent": form["payment_intent"], "amount": int(form["amount"])}
        taken = self.intents[wish["payment_intent"]]["amount_received"]
        if sum(_given(self.refunds, wish["payment_intent"]), wish["amount"]) > taken:
            return _problem(400, "charge_already_refunded")
        return _json(self._made_refund(wish, _metadata(form)))

    def _get_refunds(self, _: str, __: Json, query: Json) -> Answer:
        wanted = query.get("payment_intent")
        found = [r for r in self.refunds.values() if wanted in {None, r["payment_intent"]}]
        return _json({"data": found[::-1], "has_more": False})


DOWN = Answer(503)


def signed(event: Json) -> RawWebhook:
    return sample.signed(json.dumps(event), datetime.now(UTC))


def _moved(intent: Json, expand: str) -> Json | str:
    """What a charge left in the account: 2.9 % of it stay with Stripe."""
    moved = f"txn_{intent['id']}"
    if not expand.endswith("balance_transaction"):
        return moved
    fee = intent["amount_received"] * 29 // 1000
    return {"id": moved, "fee": fee, "currency": intent["currency"]}


def _given(refunds: dict[str, Json], reference: str) -> list[int]:
    return [
        refund["amount"]
        for refund in refunds.values()
        if refund["payment_intent"] == reference and refund["status"] != "failed"
    ]


def _metadata(form: Json) -> Json:
    prefix = "metadata["
    return {
        name.removeprefix(prefix).rstrip("]"): value
        for name, value in form.items()
        if name.startswith(prefix)
    }


def _now() -> int:
    return int(time.time())


def _json(value: Json) -> Answer:
    return Answer(200, json.dumps(value).encode())


def _problem(status: int, code: str) -> Answer:
    return Answer(status, json.dumps({"error": {"code": code}}).encode())
