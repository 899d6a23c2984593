"""Incidents and announcements: opened, closed and told without any table."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.domain import ids
from chalicelib.domain import status_board as domain
from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.identity import Caller
from chalicelib.domain.order_requests import Id
from chalicelib.domain.status_board import Announcement, Incident, StatusBoard
from chalicelib.domain.text import LANGUAGES, Text
from chalicelib.services import status_board

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"\S")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class NewIncident(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /v1/ops/incidents`."""

    cause: Words
    buffered: bool
    store_id: Id | None = None
    expected_recovery_at: Moment | None = None


class NewAnnouncement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /v1/ops/announcements`: words in one language, or in each."""

    text: Words | dict[str, Words]
    store_id: Id | None = None
    ends_at: Moment | None = None


def open_incident(
    wanted: NewIncident, caller: Caller, key: str | None, now: datetime
) -> tuple[Incident, bool]:
    """The incident, and whether this key had opened it before: then it is told as it is now."""
    _require_store(wanted.store_id, caller)
    incident = Incident(
        incident_id=_id("inc", caller, key),
        cause=wanted.cause,
        opened_at=now,
        opened_by=caller.id,
        store_id=wanted.store_id,
        expected_recovery_at=wanted.expected_recovery_at,
        buffered=wanted.buffered,
    )
    board = status_board.change(lambda b: domain.open_incident(b, incident))
    kept = board.load(incident.incident_id)
    _require_same(kept, incident, ("cause", "store_id", "expected_recovery_at", "buffered"))
    return kept, kept is not incident


def close_incident(incident_id: str, caller: Caller, now: datetime) -> Incident:
    """At once; the orders that wait follow by themselves."""

    def edit(board: StatusBoard) -> StatusBoard:
        _require_store(board.load(incident_id).store_id, caller)
        return domain.close_incident(board, incident_id, caller.id, now)

    return status_board.change(edit).load(incident_id)


def load_incident(incident_id: str, caller: Caller) -> Incident:
    found = status_board.load().load(incident_id)
    _require_store(found.store_id, caller)
    return found


def list_incidents(caller: Caller) -> list[Incident]:
    """Newest first: those of all stores and those of the caller's."""
    return [one for one in status_board.load().incidents if _concerns(one.store_id, caller)]


def announce(
    wanted: NewAnnouncement, caller: Caller, key: str | None, now: datetime
) -> tuple[Announcement, bool]:
    """The announcement, and whether this key had made it before."""
    _require_store(wanted.store_id, caller)
    if wanted.ends_at is not None and wanted.ends_at <= now:
        raise InvalidInput(
            "An announcement ends in the future.",
            errors=[FieldError("/ends_at", "A time to come.")],
        )
    announcement = Announcement(
        announcement_id=_id("ann", caller, key),
        text=_both(wanted.text),
        created_at=now,
        created_by=caller.id,
        store_id=wanted.store_id,
        ends_at=wanted.ends_at,
    )
    board = status_board.change(lambda b: domain.announce(b, announcement))
    kept = board.load_announcement(announcement.announcement_id)
    _require_same(kept, announcement, ("text", "store_id"))
    return kept, kept is not announcement


def end_announcement(announcement_id: str, caller: Caller, now: datetime) -> Announcement:
    """Nobody is told it any longer."""

    def edit(board: StatusBoard) -> StatusBoard:
        _require_store(board.load_announcement(announcement_id).store_id, caller)
        return domain.end_announcement(board, announcement_id, now)

    return status_board.change(edit).load_announcement(announcement_id)


def list_announcements(caller: Caller) -> list[Announcement]:
    board = status_board.load()
    return [one for one in board.announcements if _concerns(one.store_id, caller)]


def _require_same(kept: msgspec.Struct, wanted: msgspec.Struct, fields: Iterable[str]) -> None:
    if any(getattr(kept, field) != getattr(wanted, field) for field in fields):
        raise InvalidInput("Another request has this key.", code="idempotency_key_reused")


def _both(text: str | Text) -> Text:
    """Words in one language are for the readers of both."""
    if isinstance(text, str):
        return dict.fromkeys(LANGUAGES, text)
    if not text or text.keys() - set(LANGUAGES):
        fault = FieldError("/text", f"Words in {' or '.join(LANGUAGES)}.")
        raise InvalidInput("An announcement has words.", errors=[fault])
    return text


def _concerns(store_id: str | None, caller: Caller) -> bool:
    return store_id is None or caller.works_at(store_id)


def _require_store(store_id: str | None, caller: Caller) -> None:
    if store_id is not None:
        caller.require_store(store_id)


def _id(prefix: str, caller: Caller, key: str | None) -> str:
    return ids.derived(prefix, caller.key, key) if key else ids.fresh(prefix)
