"""PayPal's webhooks, signed by OpenSSL with the practice company's key."""

import json
import uuid
import zlib
from datetime import UTC, datetime, timedelta

from chalicelib.domain.clock import rfc3339
from chalicelib.providers.base import RawWebhook
from infra.local.stack import Stack
from tests.support.notices.base import (
    Notices,
    Signer,
    Told,
    a_stranger,
    by_openssl,
    by_openssl_sha_1,
    flipped,
    remembered,
)

SIGNERS: dict[str, Signer] = {"OpenSSL": by_openssl}


class PayPal:
    """It only tells that a buyer approved: the shop asks, and takes the money."""

    name, way = "paypal", {"provider": "paypal", "method": "wallet"}
    accepted, refused = (200, '{"received": true}'), (400, '{"error": "invalid_signature"}')
    is_asked_back = True
    signers = SIGNERS

    def __init__(self, stack: Stack) -> None:
        self._keys = remembered(stack, self.name, "keys.json")

    def paid(self, told: Told, sdk: str = "OpenSSL") -> RawWebhook:
        return self._signed(self._body(told), self.signers[sdk])

    def forged(self, told: Told) -> Notices:
        body = self._body(told)
        return {
            "one flipped byte": flipped(self._signed(body, by_openssl)),
            "a wrong key": self._signed(body, by_openssl, key=a_stranger()),
            "an old timestamp": self._signed(body, by_openssl, age=timedelta(days=5)),
            "a SHA-1 signature": self._signed(body, by_openssl_sha_1),
            "one that says so": self._signed(body, by_openssl_sha_1, algorithm="SHA1withRSA"),
            "a foreign webhook": self._signed(body, by_openssl, webhook_id="8PT597110X687430L"),
        }

    def _body(self, told: Told) -> bytes:
        unit = {"custom_id": f"{told.order['order_id']}/{told.payment['payment_id']}"}
        order = {"id": told.reference, "status": "APPROVED", "purchase_units": [unit]}
        event = {
            "id": f"WH-{uuid.uuid4().hex}",
            "create_time": rfc3339(datetime.now(UTC)),
            "resource_type": "checkout-order",
            "event_type": "CHECKOUT.ORDER.APPROVED",
            "resource": order,
        }
        return json.dumps(event).encode()

    def _signed(
        self,
        body: bytes,
        sign: Signer,
        *,
        key: str = "",
        age: timedelta = timedelta(0),
        webhook_id: str = "",
        algorithm: str = "SHA256withRSA",
    ) -> RawWebhook:
        sent_id, sent_at = str(uuid.uuid4()), rfc3339(datetime.now(UTC) - age)
        ours = webhook_id or self._keys["webhook_id"]
        text = f"{sent_id}|{sent_at}|{ours}|{zlib.crc32(body)}"
        headers = {
            "content-type": "application/json",
            "paypal-transmission-id": sent_id,
            "paypal-transmission-time": sent_at,
            "paypal-transmission-sig": sign(text, key or self._keys["private_key"]),
            "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-1",
            "paypal-auth-algo": algorithm,
        }
        return RawWebhook(body, headers)
