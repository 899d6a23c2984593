"""One small item for each scheduled function: when it last ran."""

from datetime import datetime

from chalicelib.domain.clock import epoch_ms, from_epoch_ms
from chalicelib.store import client
from chalicelib.store.tables import OperationItem

_BEATS = "heartbeat"


def save_beat(function: str, now: datetime) -> None:
    with client.translating():
        OperationItem(_BEATS, function, expires_ms=epoch_ms(now)).save()


def load_beats() -> dict[str, datetime]:
    with client.translating():
        items = list(OperationItem.query(_BEATS, consistent_read=True))
    return {item.SK: from_epoch_ms(int(item.expires_ms or 0)) for item in items}
