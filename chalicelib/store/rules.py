"""What staff changed about the rules, in one partition that one Query reads."""

from datetime import datetime

import msgspec

from chalicelib.domain.clock import epoch_ms, from_epoch_ms
from chalicelib.domain.errors import Stale
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.store import client
from chalicelib.store.client import Put, TransactionRefused, Update
from chalicelib.store.tables import OperationItem

_PARTITION = "rules"
_VERSION = "~version"


class StoredRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule as edited. `rules_version` is the version that this edit made."""

    settings: RuleSettings
    version: int
    rules_version: int
    updated_at: datetime
    updated_by: str


class StoredRules(msgspec.Struct, frozen=True, kw_only=True):
    """All edits; `changed_at` is when the newest of them was made."""

    version: int = 0
    changed_at: datetime | None = None
    rules: dict[str, StoredRule] = msgspec.field(default_factory=dict)


def load_rules() -> StoredRules:
    """One request, read consistently: an answered edit holds from the next look on."""
    with client.translating():
        items = list(OperationItem.query(_PARTITION, consistent_read=True))
    version, changed_at = 0, None
    rules: dict[str, StoredRule] = {}
    for item in items:
        if item.SK == _VERSION:
            version = int(item.version or 0)
            changed_at = from_epoch_ms(int(item.expires_ms)) if item.expires_ms else None
        else:
            rules[item.SK] = msgspec.json.decode(item.data, type=StoredRule)
    return StoredRules(version=version, changed_at=changed_at, rules=rules)


def save_rule(
    before: StoredRules, settings: RuleSettings, updated_by: str, now: datetime
) -> StoredRule:
    """Write one rule over what was read, and count the rules' version up with it."""
    known = before.rules.get(settings.rule)
    stored = StoredRule(
        settings=settings,
        version=(known.version if known else 0) + 1,
        rules_version=before.version + 1,
        updated_at=now,
        updated_by=updated_by,
    )
    item = OperationItem(_PARTITION, settings.rule, data=stored, version=stored.version)
    same_rule = (
        OperationItem.version == known.version if known else OperationItem.PK.does_not_exist()
    )
    counter = OperationItem(_PARTITION, _VERSION)
    same_rules = (
        OperationItem.version == before.version
        if before.version
        else OperationItem.PK.does_not_exist()
    )
    moved = [
        OperationItem.version.set(stored.rules_version),
        OperationItem.expires_ms.set(epoch_ms(now)),
    ]
    try:
        client.transact([Put(item, same_rule), Update(counter, moved, same_rules)])
    except TransactionRefused as refused:
        raise Stale("The rules have changed in the meantime.") from refused
    return stored
