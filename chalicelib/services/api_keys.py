"""API keys: made by an admin, shown once, recognized at each request, revocable at once."""

import secrets
from datetime import datetime

import msgspec

from chalicelib.domain import ids
from chalicelib.domain.api_keys import ApiKey, NewApiKey, digest_of, full_key, id_of
from chalicelib.domain.errors import InvalidInput, Unauthenticated, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.order_requests import fingerprint
from chalicelib.services import breaker, snapshot_requests, standing_snapshot
from chalicelib.store import api_keys as table


class Created(msgspec.Struct, frozen=True):
    """`key` is None when the same request had made it before."""

    api_key: ApiKey
    key: str | None


def create(
    wanted: NewApiKey, caller: Caller, idempotency_key: str | None, now: datetime
) -> Created:
    """A new key. Sent again under the same idempotency key it is the same one, not shown again."""
    mark = fingerprint(wanted)
    key_id = (
        ids.derived("key", caller.key, idempotency_key) if idempotency_key else ids.fresh("key")
    )
    key = full_key(key_id, secrets.token_urlsafe(32))
    made = ApiKey(
        key_id=key_id,
        name=wanted.name,
        role=wanted.role,
        store_ids=tuple(dict.fromkeys(wanted.store_ids)),
        digest=digest_of(key),
        hint=key[-4:],
        created_at=now,
        created_by=caller.id,
        fingerprint=mark,
    )
    if table.add_api_key(made):
        snapshot_requests.ask()
        return Created(made, key)
    known = table.load_api_key(key_id)
    if known.fingerprint != mark:
        raise InvalidInput("This key made another API key.", code="idempotency_key_reused")
    return Created(known, None)


def authenticate(key: str, source_ip: str, now: datetime) -> Caller:
    """The machine that holds this key; while the tables are down, one that held it before."""
    key_id = id_of(key)
    known = (
        breaker.first(now, lambda: table.find_api_key(key_id), lambda: _standing(key_id, now))
        if key_id
        else None
    )
    if known is None or not known.fits(key):
        raise Unauthenticated("This API key is not valid.", code="invalid_token")
    return Caller(
        kind="machine",
        id=known.key_id,
        roles=frozenset({known.role}),
        store_ids=frozenset(known.store_ids),
        source=source_ip,
    )


def _standing(key_id: str, now: datetime) -> ApiKey | None:
    """Raises `Unavailable` for one that it does not have: that may have been made since."""
    for known in standing_snapshot.current(now).api_keys:
        if known.key_id == key_id:
            return known
    raise Unavailable("API keys cannot be looked up now.")


def revoke(key_id: str, caller: Caller, now: datetime) -> ApiKey:
    revoked = table.revoke_api_key(key_id, caller.id, now)
    snapshot_requests.ask()
    return revoked


def list_for(caller: Caller) -> list[ApiKey]:
    """Newest first, those that work at a store of the caller's."""
    return [
        key
        for key in table.list_api_keys()
        if any(caller.works_at(store_id) for store_id in key.store_ids)
    ]
