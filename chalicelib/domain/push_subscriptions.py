"""The devices on which somebody asked for notifications: a browser's subscription each."""

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Collection
from datetime import datetime

import msgspec

from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.ids import derived

SUBSCRIPTIONS_MAX = 10
_KEY_BYTES = 65
_AUTH_BYTES = 16
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,128}={0,2}")
_UNCOMPRESSED = 4
# The curve P-256: y² = x³ - 3x + b over the field of this prime.
_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


class Address(msgspec.Struct, frozen=True):
    """Where to post, and what to encrypt with: the browser's key and its secret."""

    endpoint: str
    key: bytes
    auth: bytes


class PushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """`p256dh` and `auth` are base64url, as the browser gave them."""

    subscription_id: str
    endpoint: str
    p256dh: str
    auth: str
    created_at: datetime

    @property
    def address(self) -> str:
        """As `PushSubscription.toJSON()` writes it in browsers."""
        keys = {"p256dh": self.p256dh, "auth": self.auth}
        return msgspec.json.encode({"endpoint": self.endpoint, "keys": keys}).decode()


class Devices(msgspec.Struct, frozen=True, kw_only=True):
    """One person's, the oldest first; `version` counts the changes."""

    items: tuple[PushSubscription, ...] = ()
    version: int = 0

    def find(self, subscription_id: str) -> PushSubscription | None:
        return next((one for one in self.items if one.subscription_id == subscription_id), None)

    def holding(self, subscription: PushSubscription) -> "Devices":
        """With that one, in the place of an earlier one of its endpoint; the oldest falls out."""
        others = self.without({subscription.subscription_id}).items
        kept = (*others, subscription)[-SUBSCRIPTIONS_MAX:]
        return Devices(items=kept, version=self.version + 1)

    def without(self, ids: Collection[str]) -> "Devices":
        kept = tuple(one for one in self.items if one.subscription_id not in ids)
        return Devices(items=kept, version=self.version + 1)


class _Keys(msgspec.Struct):
    p256dh: str
    auth: str


class _Written(msgspec.Struct):
    endpoint: str
    keys: _Keys


def subscription(endpoint: str, p256dh: str, auth: str, now: datetime) -> PushSubscription:
    """Raises `InvalidInput` with all that is wrong with the keys."""
    errors = []
    if not _is_on_the_curve(_bytes(p256dh)):
        errors.append(FieldError("/keys/p256dh", "A P-256 public key, 65 bytes in base64url."))
    if len(_bytes(auth)) != _AUTH_BYTES:
        errors.append(FieldError("/keys/auth", "16 bytes in base64url."))
    if errors:
        raise InvalidInput("This is no subscription of a browser.", errors=errors)
    return PushSubscription(
        subscription_id=derived("psh", endpoint), endpoint=endpoint, p256dh=p256dh, auth=auth,
        created_at=now,
    )  # fmt: skip


def read_address(text: str) -> Address:
    """Raises `InvalidInput` for what is none."""
    try:
        written = msgspec.json.decode(text, type=_Written)
    except msgspec.DecodeError as error:
        raise InvalidInput("This is no push subscription.") from error
    key, auth = _bytes(written.keys.p256dh), _bytes(written.keys.auth)
    if len(auth) != _AUTH_BYTES or not _is_on_the_curve(key):
        raise InvalidInput("This is no push subscription.")
    return Address(written.endpoint, key, auth)


def _bytes(text: str) -> bytes:
    """Empty for what is no base64url."""
    if not _BASE64URL.fullmatch(text):
        return b""
    try:
        return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except binascii.Error:
        return b""


def _is_on_the_curve(key: bytes) -> bool:
    """Nobody could read what is encrypted for any other key."""
    if len(key) != _KEY_BYTES or key[0] != _UNCOMPRESSED:
        return False
    x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")
    return max(x, y) < _PRIME and (y * y - x * x * x + 3 * x - _B) % _PRIME == 0
