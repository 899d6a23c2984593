"""API keys for machines, made and revoked by an admin."""

from datetime import datetime

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain.api_keys import ApiKey, NewApiKey
from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.identity import EVERY_STORE, Role
from chalicelib.services import api_keys, catalogue

routes = ApiBlueprint(__name__)


class ApiKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """`api_key` is there once, in the answer that made it."""

    key_id: str
    name: str
    role: Role
    store_ids: tuple[str, ...]
    hint: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    api_key: str | msgspec.UnsetType = msgspec.UNSET


class ApiKeys(msgspec.Struct, frozen=True):
    items: list[ApiKeyView]
    next_cursor: str | None = None


@routes.post(
    "/ops/api-keys",
    once=False,
    summary="Make an API key; it is shown this once",
    roles=("admin",),
    body=NewApiKey,
    returns=ApiKeyView,
    status=201,
)
def create_api_key(request: Request[NewApiKey]) -> Reply:
    wanted = request.body
    _check_stores(wanted.store_ids)
    made = api_keys.create(wanted, request.caller, request.idempotency_key, request.now)
    if made.key is None:
        return Reply(_view(made.api_key), headers={"Idempotent-Replayed": "true"})
    return Reply(msgspec.structs.replace(_view(made.api_key), api_key=made.key))


@routes.get(
    "/ops/api-keys",
    summary="The API keys of one's stores, newest first",
    access="staff",
    returns=ApiKeys,
)
def list_api_keys(request: Request[None]) -> ApiKeys:
    return ApiKeys([_view(key) for key in api_keys.list_for(request.caller)])


@routes.delete(
    "/ops/api-keys/{key_id}", summary="Revoke an API key at once", roles=("admin",), status=204
)
def revoke_api_key(request: Request[None], key_id: str) -> Reply:
    api_keys.revoke(key_id, request.caller, request.now)
    return Reply(status=204)


def _check_stores(store_ids: list[str]) -> None:
    known = catalogue.current_snapshot().stores.keys() | {EVERY_STORE}
    unknown = [
        FieldError(f"/store_ids/{index}", "There is no such store.")
        for index, store_id in enumerate(store_ids)
        if store_id not in known
    ]
    if unknown:
        raise InvalidInput("Some stores do not exist.", errors=unknown)


def _view(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        key_id=key.key_id,
        name=key.name,
        role=key.role,
        store_ids=key.store_ids,
        hint=key.hint,
        created_at=key.created_at,
        created_by=key.created_by,
        revoked_at=key.revoked_at,
    )
