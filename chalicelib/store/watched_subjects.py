"""The subjects, neither orders nor SKUs, that have a case."""

import msgspec

from chalicelib.domain.exception_cases import Subject, case_id
from chalicelib.store import client
from chalicelib.store.subject_notes import Notes, note

_KIND = "watch"


class WatchedSubject(msgspec.Struct, frozen=True):
    rule: str
    subject: Subject
    store_id: str = ""

    @property
    def case_id(self) -> str:
        return case_id(self.rule, self.subject, self.store_id)


def watched_in(notes: Notes) -> list[WatchedSubject]:
    return [msgspec.json.decode(item.data, type=WatchedSubject) for item in notes.get(_KIND, ())]


def save_watched(watched: WatchedSubject) -> None:
    with client.translating():
        note(_KIND, watched.case_id, data=watched).save()


def unwatch(watched: WatchedSubject) -> None:
    with client.translating():
        note(_KIND, watched.case_id).delete()
