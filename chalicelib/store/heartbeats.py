"""One small item for each scheduled function: when it last ran."""

from datetime import datetime

from chalicelib.domain.clock import epoch_ms, from_epoch_ms
from chalicelib.store import client
from chalicelib.store.subject_notes import Notes, key_of, note

_KIND = "beat"


def save_beat(function: str, now: datetime) -> None:
    with client.translating():
        note(_KIND, function, expires_ms=epoch_ms(now)).save()


def beats_in(notes: Notes) -> dict[str, datetime]:
    found = notes.get(_KIND, ())
    return {key_of(item): from_epoch_ms(int(item.expires_ms or 0)) for item in found}
