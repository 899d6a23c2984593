"""API keys in the operations table: one small partition, so that it is listed consistently."""

from datetime import datetime

import msgspec

from chalicelib.domain.api_keys import ApiKey
from chalicelib.domain.errors import NotFound
from chalicelib.store.client import ConditionFailed, translating
from chalicelib.store.tables import OperationItem

_PARTITION = "api-keys"
LISTED_MAX = 500


def add_api_key(key: ApiKey) -> bool:
    """False when there is one of that id, which then stays as it is."""
    try:
        with translating():
            _item(key).save(OperationItem.PK.does_not_exist())
    except ConditionFailed:
        return False
    return True


def find_api_key(key_id: str) -> ApiKey | None:
    """Read consistently and never cached: a revoked key ends with the next request."""
    with translating():
        rows = OperationItem.batch_get([(_PARTITION, key_id)], consistent_read=True)
        item = next(iter(rows), None)
    return _key_in(item) if item else None


def load_api_key(key_id: str) -> ApiKey:
    key = find_api_key(key_id)
    if key is None:
        raise NotFound("There is no such API key.", code="api_key_not_found")
    return key


def list_api_keys() -> list[ApiKey]:
    """Newest first."""
    with translating():
        items = list(OperationItem.query(_PARTITION, consistent_read=True, limit=LISTED_MAX))
    return sorted((_key_in(item) for item in items), key=lambda key: key.created_at, reverse=True)


def revoke_api_key(key_id: str, by: str, now: datetime) -> ApiKey:
    """Revoking twice is one revocation."""
    key = load_api_key(key_id)
    if key.revoked_at is None:
        key = msgspec.structs.replace(key, revoked_at=now, revoked_by=by)
        with translating():
            _item(key).save()
    return key


def _item(key: ApiKey) -> OperationItem:
    return OperationItem(_PARTITION, key.key_id, data=key)


def _key_in(item: OperationItem) -> ApiKey:
    return msgspec.json.decode(item.data, type=ApiKey)
