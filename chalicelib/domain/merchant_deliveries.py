"""How a merchant's system is told of its orders: Standard Webhooks, kept up for 72 hours.

https://www.standardwebhooks.com: three headers, HMAC-SHA256 over `id.timestamp.body`, secrets as
`whsec_` and Base64, the same id on each try.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, Literal

import msgspec

from chalicelib.domain.clock import epoch_ms, rfc3339
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.receipts import MERCHANT_EVENTS

SECRET_PREFIX = "whsec_"  # noqa: S105
SECRET_BYTES = 32
# Both secrets sign for so long after a rotation.
OVERLAP = timedelta(hours=24)
# After the first try and each further one; the last falls on the end of the 72 hours.
WAITS_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
TRIED_FOR = timedelta(hours=72)
JITTER = 0.1
_WAIT_MIN = timedelta(seconds=5)
EVERY_EVENT = "order.*"
TEST_EVENT = "endpoint.test"

DeliveryOutcome = Literal["delivered", "failed", "refused"]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where one store's events go. `events` are the types wanted; `order.*` wants them all."""

    store_id: str
    url: str
    secret: str
    events: tuple[str, ...] = (EVERY_EVENT,)
    enabled: bool = True
    previous_secret: str | None = None
    previous_until: datetime | None = None
    disabled_reason: str | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def wants(self, event_type: str) -> bool:
        return self.enabled and bool({event_type, EVERY_EVENT} & set(self.events))

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """Those that sign now, the newest first."""
        if self.previous_secret and self.previous_until and now < self.previous_until:
            return (self.secret, self.previous_secret)
        return (self.secret,)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One try, as the store's log shows it. `request_id` is the `webhook-id` header."""

    delivery_id: str
    store_id: str
    request_id: str
    event_type: str
    order_id: str | None
    event_version: int
    attempt: int
    outcome: DeliveryOutcome
    at: datetime
    duration_ms: int
    response_status: int | None = None
    response_excerpt: str = ""
    error: str = ""


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def rotated(endpoint: Endpoint, secret: str, now: datetime) -> Endpoint:
    return msgspec.structs.replace(
        endpoint,
        secret=secret,
        previous_secret=endpoint.secret,
        previous_until=now + OVERLAP,
        updated_at=now,
        version=endpoint.version + 1,
    )


def signed_headers(
    keys: Sequence[str], message_id: str, body: str, now: datetime
) -> dict[str, str]:
    """The three headers, with one signature a key."""
    timestamp = str(int(now.timestamp()))
    content = f"{message_id}.{timestamp}.{body}".encode()
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(key, content)}" for key in keys),
    }


def next_attempt(first_at: datetime, now: datetime, chance: float) -> datetime | None:
    """When to try again after a try that failed now; None when it was tried long enough.

    Told by the time since the event and not by the number of tries: what people or repairs send in
    between brings the end no nearer. `chance` in 0..1 spreads the tries of a merchant whose system
    comes back.
    """
    ends = first_at + TRIED_FOR
    if now >= ends:
        return None
    planned = (first_at + timedelta(seconds=after) for after in accumulate(WAITS_SECONDS))
    wait = next((at for at in planned if at > now), ends) - now
    return min(now + max(wait, _WAIT_MIN) * (1 + JITTER * chance), ends)


def delivery_id(now: datetime) -> str:
    """In time order."""
    return f"dlv_{epoch_ms(now):012x}{secrets.token_hex(5)}"


def body_of(event: OrderEvent, order: Order) -> str:
    """What is sent: the fact, and the order as it is now with all that is needed to make it."""
    data = {"event": _event_view(event), "order": order_view(order)}
    return _envelope(event.type, event.at, data)


def test_body(store_id: str, now: datetime) -> str:
    return _envelope(TEST_EVENT, now, {"store_id": store_id})


def unknown_events(types: Sequence[str]) -> list[int]:
    """The positions of those that no merchant is ever sent."""
    known = MERCHANT_EVENTS | {EVERY_EVENT}
    return [at for at, name in enumerate(types) if name not in known]


def _envelope(kind: str, at: datetime, data: dict[str, Any]) -> str:
    return msgspec.json.encode({"type": kind, "timestamp": rfc3339(at), "data": data}).decode()


def _event_view(event: OrderEvent) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "version": event.version,
        "actor_type": event.actor.type,
        "data": event.data,
    }


def order_view(order: Order) -> dict[str, Any]:
    """The order in the API's words. Its `version` tells what is newer, whatever came first."""
    whole = msgspec.to_builtins(order)
    return {name: whole[name] for name in _SHOWN} | {
        "line_items": [
            {key: value for key, value in line.items() if key != "units"}
            for line in whole["line_items"]
        ]
    }


_SHOWN = (
    "order_id", "number", "pickup_code", "version", "status", "payment_status",
    "fulfillment_status", "store_id", "channel", "totals", "fulfillment", "contact", "note",
    "placed_at", "updated_at", "promised_at", "cancel_reason",
)  # fmt: skip


def _signature(key: str, content: bytes) -> str:
    raw = base64.b64decode(key.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.new(raw, content, hashlib.sha256).digest()).decode()
