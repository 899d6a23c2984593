"""API keys: made by an admin, shown once, recognized at each request, revocable at once."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.api_keys import ApiKey, digest_of, full_key, id_of
from chalicelib.domain.errors import Unauthenticated
from chalicelib.domain.identity import Caller, Role
from chalicelib.domain.ids import fresh
from chalicelib.store import api_keys as table


def create(
    *, name: str, role: Role, store_ids: Sequence[str], caller: Caller, now: datetime
) -> tuple[ApiKey, str]:
    """The key as it is kept, and the key itself, which is never seen again."""
    key_id = fresh("key")
    key = full_key(key_id, secrets.token_urlsafe(32))
    made = ApiKey(
        key_id=key_id,
        name=name,
        role=role,
        store_ids=tuple(dict.fromkeys(store_ids)),
        digest=digest_of(key),
        hint=key[-4:],
        created_at=now,
        created_by=caller.id,
    )
    table.add_api_key(made)
    return made, key


def authenticate(key: str, source_ip: str) -> Caller:
    """The machine that holds this key."""
    key_id = id_of(key)
    known = table.find_api_key(key_id) if key_id else None
    if known is None or not known.fits(key):
        raise Unauthenticated("This API key is not valid.", code="invalid_token")
    return Caller(
        kind="machine",
        id=known.key_id,
        roles=frozenset({known.role}),
        store_ids=frozenset(known.store_ids),
        source=source_ip,
    )


def revoke(key_id: str, caller: Caller, now: datetime) -> ApiKey:
    return table.revoke_api_key(key_id, caller.id, now)


def list_for(caller: Caller) -> list[ApiKey]:
    """Newest first, those that work at a store of the caller's."""
    return [
        key
        for key in table.list_api_keys()
        if any(caller.works_at(store_id) for store_id in key.store_ids)
    ]
