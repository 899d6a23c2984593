"""The catalogue, the stores' states and the machines' keys as one S3 object: orders are priced, and
machines recognized, by it without tables.
"""

import gzip
from datetime import datetime, timedelta

import msgspec

from chalicelib.config import settings
from chalicelib.domain.api_keys import ApiKey
from chalicelib.domain.catalogue import Snapshot, StoreState
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.services import catalogue, rules, standing_objects
from chalicelib.services.standing_objects import StandingObject
from chalicelib.store.api_keys import list_api_keys

KEY = "snapshot.json.gz"
CACHED_FOR = timedelta(seconds=15)


class StandingSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What the tables said at `made_at`. `api_keys` are those that were good (their digests)."""

    made_at: datetime
    catalogue: Snapshot
    states: dict[str, StoreState]
    rules: tuple[RuleSettings, ...] = ()
    api_keys: tuple[ApiKey, ...] = ()

    def state_of(self, store_id: str) -> StoreState:
        return self.states.get(store_id) or StoreState(store_id=store_id)


class _Memory:
    seen: StandingObject | None = None
    snapshot: StandingSnapshot | None = None
    read_at: datetime | None = None


def publish(now: datetime) -> StandingSnapshot:
    """Make what the tables say now the standing snapshot."""
    current = catalogue.current_snapshot()
    made = StandingSnapshot(
        made_at=now,
        catalogue=current,
        states=catalogue.states_of(current.stores),
        rules=tuple(edited.settings for edited in rules.list_rules()),
        api_keys=tuple(key for key in list_api_keys() if key.revoked_at is None),
    )
    standing_objects.put(KEY, gzip.compress(msgspec.json.encode(made), mtime=0))
    return made


def current(now: datetime) -> StandingSnapshot:
    """As read at most 15 s ago, older where S3 does not answer either.

    Raises `Unavailable` for one that is older than its limit: such prices are nobody's promise.
    """
    if not _is_fresh(now):
        try:
            _read()
            _Memory.read_at = now
        except Unavailable:
            if _Memory.snapshot is None:
                raise
    known = _Memory.snapshot
    limit = timedelta(seconds=settings().snapshot_max_age_seconds)
    if known is None or now - known.made_at > limit:
        raise Unavailable("Prices cannot be known now.", retry_after_seconds=15)
    return known


def forget() -> None:
    """Drop what is in memory, as a new instance would start."""
    _Memory.seen = _Memory.snapshot = _Memory.read_at = None


def _is_fresh(now: datetime) -> bool:
    read_at = _Memory.read_at
    return read_at is not None and timedelta(0) <= now - read_at < CACHED_FOR


def _read() -> None:
    found = standing_objects.read(KEY, _Memory.seen)
    if found is not None and found is not _Memory.seen:
        _Memory.snapshot = msgspec.json.decode(gzip.decompress(found.body), type=StandingSnapshot)
    _Memory.seen = found
