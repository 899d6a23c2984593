"""Who is calling: turns an Authorization header into a `Caller`."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.config import settings
from chalicelib.domain.api_keys import PREFIX as API_KEY_PREFIX
from chalicelib.domain.errors import Unauthenticated
from chalicelib.domain.identity import ANONYMOUS, EVERY_STORE, STAFF_ROLES, Caller
from chalicelib.services import guests

if TYPE_CHECKING:
    from chalicelib.services.access_tokens import Claims, TokenVerifier

_STORE_GROUP = "store:"


def authenticate(authorization: str | None, source_ip: str, now: datetime) -> Caller:
    """The caller, anonymous without a header. A header that proves nothing is refused."""
    if authorization is None:
        return Caller(kind=ANONYMOUS.kind, id=ANONYMOUS.id, source=source_ip)
    scheme, _, credentials = authorization.strip().partition(" ")
    credentials = credentials.strip()
    if scheme.lower() == "guest":
        return _guest(credentials, source_ip)
    if scheme.lower() != "bearer" or not credentials:
        raise Unauthenticated("Use `Authorization: Bearer <token>` or `Guest <token>`.")
    if credentials.startswith(API_KEY_PREFIX):
        return _machine(credentials, source_ip, now)
    return person(_verifier().claims(credentials, now), source_ip)


def person(claims: "Claims", source_ip: str) -> Caller:
    """A customer, or a member of staff by their groups: no table is read."""
    return of_groups(claims.sub, claims.groups, source_ip)


def of_groups(person_id: str, groups: Collection[str], source_ip: str = "") -> Caller:
    roles = STAFF_ROLES.intersection(groups)
    stores = {
        group.removeprefix(_STORE_GROUP)
        for group in groups
        if group.startswith(_STORE_GROUP) and group != f"{_STORE_GROUP}{EVERY_STORE}"
    }
    if "admin" in roles:
        stores.add(EVERY_STORE)
    return Caller(
        kind="staff" if roles else "customer",
        id=person_id,
        roles=roles,
        store_ids=frozenset(stores) if roles else frozenset(),
        source=source_ip,
    )


def group_of_store(store_id: str) -> str:
    return f"{_STORE_GROUP}{store_id}"


def _guest(token: str, source_ip: str) -> Caller:
    order_id = guests.order_of(token)
    if order_id is None:
        raise Unauthenticated("This guest token is not valid.", code="invalid_token")
    return Caller(kind="guest", id=f"guest:{order_id}", order_id=order_id, source=source_ip)


def _machine(key: str, source_ip: str, now: datetime) -> Caller:
    """Imported only here: it is the one way of recognizing a caller that reads a table."""
    from chalicelib.services import api_keys

    return api_keys.authenticate(key, source_ip, now)


@lru_cache(maxsize=1)
def _verifier() -> "TokenVerifier":
    """Imported by requests that carry a token: the others start without it."""
    from chalicelib.services.access_tokens import KeySet, TokenVerifier, http_fetcher

    stage = settings()
    keys = KeySet(http_fetcher(stage.jwks_url))
    return TokenVerifier(keys, stage.token_issuer, stage.user_pool_client_id)
