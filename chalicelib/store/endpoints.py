"""Merchants' endpoints in the operations table, one a store."""

import msgspec

from chalicelib.domain.errors import Stale
from chalicelib.domain.merchant_deliveries import Endpoint
from chalicelib.store import client
from chalicelib.store.tables import OperationItem

_ROW = "endpoint"


def find_endpoint(store_id: str) -> Endpoint | None:
    with client.translating():
        items = OperationItem.batch_get([(_key(store_id), _ROW)], consistent_read=True)
        item = next(iter(items), None)
    return msgspec.json.decode(item.data, type=Endpoint) if item else None


def save_endpoint(endpoint: Endpoint) -> None:
    """Over the version before this one alone: raises `Stale` when somebody was faster."""
    before = endpoint.version - 1
    expected = OperationItem.version == before if before else OperationItem.PK.does_not_exist()
    item = OperationItem(_key(endpoint.store_id), _ROW, data=endpoint, version=endpoint.version)
    try:
        with client.translating():
            item.save(expected)
    except client.ConditionFailed as error:
        raise Stale("The endpoint was changed in the meantime.") from error


def _key(store_id: str) -> str:
    return f"endpoint#{store_id}"
