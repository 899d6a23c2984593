"""Which keyed requests were carried out, so that a repeat is answered and not done again."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.clock import epoch_ms
from chalicelib.store import client
from chalicelib.store.tables import OperationItem

KEPT_FOR = timedelta(days=30)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A keyed request. Without a `status` it is under way until `claimed_until`."""

    fingerprint: str
    claimed_until: datetime
    status: int | None = None
    body: str = ""


def find(replay_id: str) -> Kept | None:
    with client.translating():
        keys = [(_key(replay_id), "replay")]
        item = next(iter(OperationItem.batch_get(keys, consistent_read=True)), None)
    return msgspec.json.decode(item.data, type=Kept) if item else None


def claim(replay_id: str, fingerprint: str, now: datetime, until: datetime) -> bool:
    """Be the one to carry the request out; False when somebody is, or was."""
    free = OperationItem.PK.does_not_exist() | (OperationItem.expires_ms < epoch_ms(now))
    kept = Kept(fingerprint=fingerprint, claimed_until=until)
    item = _item(replay_id, kept, now)
    item.expires_ms = epoch_ms(until)
    try:
        with client.translating():
            item.save(free)
    except client.ConditionFailed:
        return False
    return True


def keep(replay_id: str, kept: Kept, now: datetime) -> None:
    """Remember the answer; without `expires_ms` nobody can claim the request any more."""
    with client.translating():
        _item(replay_id, kept, now).save()


def release(replay_id: str) -> None:
    """The request was refused: its key can be used again."""
    with client.translating():
        OperationItem(_key(replay_id), "replay").delete()


def _item(replay_id: str, kept: Kept, now: datetime) -> OperationItem:
    item = OperationItem(_key(replay_id), "replay", data=kept)
    item.ttl = int((now + KEPT_FOR).timestamp())
    return item


def _key(replay_id: str) -> str:
    return f"replay#{replay_id}"
