"""What is told to everyone while something is wrong: incidents and announcements, as one board.

The board is one small document, kept where no table is needed to read or to change it. Functions
take it as it was and return it as it will be.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.domain.errors import NotFound
from chalicelib.domain.text import Text, both

# The components of the status page that a symptom may be about.
Troubled = Literal["ordering", "payments", "notifications", "merchants"]
INCIDENTS_KEPT = 100
ANNOUNCEMENTS_KEPT = 50
# The cause of the incident that opens by itself, and who opens it.
DATABASE_UNAVAILABLE = "database_unavailable"
BREAKER = "system:breaker"
# An instance may act on a board that it read a moment ago; until then nothing counts as drained.
QUIET_BEFORE_DRAINED = timedelta(seconds=45)


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong with one store, or with all of them (`store_id` None).

    While a `buffered` one is open, orders are taken and placed later. `blind` says that orders were
    taken that no table knows of: until `drained_at`, an order that is not found may be one of them.
    `seen_empty_at` is when, after the closing, the queues were first seen empty.
    """

    incident_id: str
    cause: str
    opened_at: datetime
    opened_by: str
    store_id: str | None = None
    expected_recovery_at: datetime | None = None
    buffered: bool = False
    blind: bool = False
    status: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None
    closed_by: str | None = None
    seen_empty_at: datetime | None = None
    drained_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    @property
    def undrained(self) -> bool:
        return (self.buffered or self.blind) and self.drained_at is None

    def covers(self, store_id: str) -> bool:
        return self.store_id in {None, store_id}


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """A word to everyone, for one store's customers or for all, until it ends.

    With an `incident_id` it opened with that incident by itself, and ends with it.
    """

    announcement_id: str
    text: Text
    created_at: datetime
    created_by: str
    store_id: str | None = None
    ends_at: datetime | None = None
    incident_id: str | None = None


class StatusBoard(msgspec.Struct, frozen=True, kw_only=True):
    """`revision` counts the changes; newest first in both lists. `troubled` is of the last look."""

    revision: int = 0
    incidents: tuple[Incident, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    troubled: tuple[Troubled, ...] = ()

    def find(self, incident_id: str) -> Incident | None:
        return next((one for one in self.incidents if one.incident_id == incident_id), None)

    def load(self, incident_id: str) -> Incident:
        if found := self.find(incident_id):
            return found
        raise NotFound("There is no such incident.", code="incident_not_found")

    def load_announcement(self, announcement_id: str) -> Announcement:
        for one in self.announcements:
            if one.announcement_id == announcement_id:
                return one
        raise NotFound("There is no such announcement.", code="announcement_not_found")

    @property
    def open_incidents(self) -> tuple[Incident, ...]:
        return tuple(one for one in self.incidents if one.is_open)

    @property
    def undrained(self) -> tuple[Incident, ...]:
        return tuple(one for one in self.incidents if one.undrained)

    def holding(self, store_id: str) -> Incident | None:
        """The open incident for which this store's orders wait."""
        return next(
            (one for one in self.open_incidents if one.buffered and one.covers(store_id)), None
        )

    def blind_for(self, store_id: str) -> Incident | None:
        """The open incident under which orders are taken that no table knows of."""
        return next(
            (one for one in self.open_incidents if one.blind and one.covers(store_id)), None
        )

    def taken_under(self, store_id: str) -> tuple[str, ...]:
        """The open incidents under which this store's orders are taken to be placed later."""
        return tuple(
            one.incident_id
            for one in self.open_incidents
            if (one.buffered or one.blind) and one.covers(store_id)
        )

    def announced_at(self, now: datetime) -> tuple[Announcement, ...]:
        return tuple(one for one in self.announcements if one.ends_at is None or now < one.ends_at)


def open_incident(board: StatusBoard, incident: Incident) -> StatusBoard:
    """Opened twice under one id is opened once."""
    if board.find(incident.incident_id):
        return board
    return _with_incidents(board, (incident, *board.incidents))


def close_incident(board: StatusBoard, incident_id: str, by: str, now: datetime) -> StatusBoard:
    """Closing what is closed changes nothing."""
    found = board.load(incident_id)
    if not found.is_open:
        return board
    closed = msgspec.structs.replace(found, status="closed", closed_at=now, closed_by=by)
    for one in board.announcements:
        if one.incident_id == incident_id:
            board = end_announcement(board, one.announcement_id, now)
    return _replaced(board, closed)


def take_blind(board: StatusBoard, store_id: str, fresh: Incident) -> StatusBoard:
    """Let orders of the store be taken that no table knows of: under the incident for which they
    wait anyway, else under the one that opens by itself, which is `fresh` if there is none yet.
    """
    if board.blind_for(store_id):
        return board
    known = board.holding(store_id)
    if known:
        return _replaced(board, msgspec.structs.replace(known, blind=True))
    return announce(open_incident(board, fresh), _told_by_itself(fresh))


def _told_by_itself(incident: Incident) -> Announcement:
    return Announcement(
        announcement_id=f"ann_{incident.incident_id.removeprefix('inc_')}",
        text=both(
            "A part of our system is down. You can order as usual: we take your order now, place "
            "it as soon as this is over and tell you. You pay then.",
            "系统部分服务暂时中断，您仍可照常下单：我们会先收下订单，恢复后立即处理并通知您，届时再付款。",
        ),
        created_at=incident.opened_at,
        created_by=incident.opened_by,
        store_id=incident.store_id,
        incident_id=incident.incident_id,
    )


def announce(board: StatusBoard, announcement: Announcement) -> StatusBoard:
    known = {one.announcement_id for one in board.announcements}
    if announcement.announcement_id in known:
        return board
    kept = (announcement, *board.announcements)[:ANNOUNCEMENTS_KEPT]
    return msgspec.structs.replace(board, announcements=kept)


def end_announcement(board: StatusBoard, announcement_id: str, now: datetime) -> StatusBoard:
    """What has ended already keeps its end."""
    found = board.load_announcement(announcement_id)
    if found.ends_at is not None and found.ends_at <= now:
        return board
    ended = msgspec.structs.replace(found, ends_at=now)
    listed = tuple(ended if one is found else one for one in board.announcements)
    return msgspec.structs.replace(board, announcements=listed)


def close_recovered(board: StatusBoard, after: timedelta, now: datetime) -> StatusBoard:
    """The database answers: what opened by itself closes by itself."""
    for one in board.open_incidents:
        if one.opened_by == BREAKER and now >= one.opened_at + after:
            board = close_incident(board, one.incident_id, BREAKER, now)
    return board


def queues_seen(board: StatusBoard, waiting: int, now: datetime) -> StatusBoard:
    """Closed incidents whose queues were empty at two looks some time apart are drained."""
    for one in board.undrained:
        if not one.is_open:
            board = _replaced(board, _after_look(one, waiting, now))
    return board


def symptoms_seen(board: StatusBoard, troubled: tuple[Troubled, ...]) -> StatusBoard:
    """Which components customers and stores notice to be in trouble."""
    if board.troubled == troubled:
        return board
    return msgspec.structs.replace(board, troubled=troubled)


def _after_look(one: Incident, waiting: int, now: datetime) -> Incident:
    if waiting:
        return msgspec.structs.replace(one, seen_empty_at=None)
    if one.seen_empty_at is None:
        return msgspec.structs.replace(one, seen_empty_at=now)
    if now < one.seen_empty_at + QUIET_BEFORE_DRAINED:
        return one
    return msgspec.structs.replace(one, drained_at=now)


def _replaced(board: StatusBoard, incident: Incident) -> StatusBoard:
    return _with_incidents(
        board,
        (incident if one.incident_id == incident.incident_id else one for one in board.incidents),
    )


def _with_incidents(board: StatusBoard, incidents: Iterable[Incident]) -> StatusBoard:
    """The oldest are forgotten, but never one that is open or undrained."""
    listed = tuple(incidents)
    kept = tuple(
        one
        for place, one in enumerate(listed)
        if place < INCIDENTS_KEPT or one.is_open or one.undrained
    )
    return msgspec.structs.replace(board, incidents=kept)
