"""API keys of machines: their shape, and what is kept of them (never the key itself)."""

import hashlib
import hmac
from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.domain.identity import Role
from chalicelib.domain.profiles import ShortText

PREFIX = "dk_"
_LENGTH_MAX = 120


class NewApiKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an admin asks for; `store_ids` of `["*"]` means every store."""

    name: ShortText
    role: Role
    store_ids: Annotated[list[ShortText], msgspec.Meta(min_length=1, max_length=100)]


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """`hint` is the key's end, so that people can tell two keys apart.

    `fingerprint` is of the request that made it, to know the same request when it comes again.
    """

    key_id: str
    name: str
    role: Role
    store_ids: tuple[str, ...]
    digest: str
    hint: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    fingerprint: str = ""

    def fits(self, key: str) -> bool:
        return self.revoked_at is None and hmac.compare_digest(self.digest, digest_of(key))


def full_key(key_id: str, secret: str) -> str:
    """`dk_<id>_<secret>`: the id finds the row, the whole is compared by its digest."""
    return f"{PREFIX}{key_id.removeprefix('key_')}_{secret}"


def id_of(key: str) -> str | None:
    """The row that such a key would have, or None for what cannot be a key."""
    parts = key.split("_", 2)
    if len(key) > _LENGTH_MAX or not key.isascii() or len(parts) != 3 or not parts[1].isalnum():
        return None
    return f"key_{parts[1]}"


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
