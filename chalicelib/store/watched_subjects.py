"""The subjects, neither orders nor SKUs, that have a case: one partition that one Query reads."""

import msgspec

from chalicelib.domain.exception_cases import Subject, case_id
from chalicelib.store import client
from chalicelib.store.tables import OperationItem

_WATCHED = "watch#subjects"


class WatchedSubject(msgspec.Struct, frozen=True):
    rule: str
    subject: Subject
    store_id: str = ""

    @property
    def case_id(self) -> str:
        return case_id(self.rule, self.subject, self.store_id)


def list_watched() -> list[WatchedSubject]:
    with client.translating():
        items = list(OperationItem.query(_WATCHED, consistent_read=True))
    return [msgspec.json.decode(item.data, type=WatchedSubject) for item in items]


def save_watched(watched: WatchedSubject) -> None:
    with client.translating():
        OperationItem(_WATCHED, watched.case_id, data=watched).save()


def unwatch(watched: WatchedSubject) -> None:
    with client.translating():
        OperationItem(_WATCHED, watched.case_id).delete()
