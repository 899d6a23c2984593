"""Stripe's events, signed by its own SDK for node with a secret of the practice company."""

import json
import time

from chalicelib.domain.ids import fresh
from chalicelib.providers.base import RawWebhook
from infra.local.stack import Stack
from tests.contract.provider_samples import stripe as sample
from tests.providers.node_sdk import NodeSdk
from tests.support.notices.base import Notices, Told, flipped, remembered

_node = NodeSdk("stripe_sdk.cjs").ask
_TOO_OLD_SECONDS = 360


class Stripe:
    name, way = "stripe", {"provider": "stripe", "method": "card"}
    accepted, refused = (200, '{"received": true}'), (400, '{"error": "invalid_signature"}')
    is_asked_back = False
    signers = ("stripe",)

    def __init__(self, stack: Stack) -> None:
        self._secret = remembered(stack, self.name, "keys.json")["webhook_secrets"][-1]

    def paid(self, told: Told, sdk: str = "stripe") -> RawWebhook:
        assert sdk in self.signers
        return self._signed(self._body(told))

    def forged(self, told: Told) -> Notices:
        body = self._body(told)
        return {
            "one flipped byte": flipped(self._signed(body)),
            "a wrong secret": self._signed(body, secret="whsec_of_somebody_else"),
            "an old timestamp": self._signed(body, age_seconds=_TOO_OLD_SECONDS),
            "one of times to come": self._signed(body, age_seconds=-_TOO_OLD_SECONDS),
            "another scheme": self._signed(body, scheme="v0"),
        }

    def _body(self, told: Told) -> str:
        ids = {"order_id": told.order["order_id"], "payment_id": told.payment["payment_id"]}
        intent = sample.intent(
            "succeeded",
            id=told.reference,
            amount=told.minor,
            amount_received=told.minor,
            metadata=ids,
        )
        event = sample.event("payment_intent.succeeded", intent)
        return json.dumps(event | {"id": fresh("evt"), "created": int(time.time())})

    def _signed(
        self, body: str, *, secret: str = "", age_seconds: int = 0, scheme: str = "v1"
    ) -> RawWebhook:
        header = _node(
            "header",
            payload=body,
            secret=secret or self._secret,
            timestamp=int(time.time()) - age_seconds,
            scheme=scheme,
        )
        headers = {"content-type": "application/json", "stripe-signature": header}
        return RawWebhook(body.encode(), headers)
