"""The status board at rest: one S3 object, read and changed without any table.

S3 is strongly consistent and replaces the object only over the version that was read, so an
answered change is seen by the next reader anywhere, and of two at once none is lost. What decides
about orders is mirrored into an item that every order reads anyway (`store/buffer_flags.py`):
taking an order costs no further call.
"""

import time
from collections.abc import Callable

import msgspec

from chalicelib.domain.errors import Stale, Unavailable
from chalicelib.domain.status_board import StatusBoard
from chalicelib.observability import logger
from chalicelib.services import standing_objects
from chalicelib.services.standing_objects import StandingObject
from chalicelib.store import buffer_flags

KEY = "status-board.json"
_CACHED_SECONDS = 15
_ATTEMPTS_MAX = 6


class _Memory:
    seen: StandingObject | None = None
    board = StatusBoard()
    read_at: float | None = None


def load() -> StatusBoard:
    """The board as it is now: one small read, without a body where it has not changed."""
    found = standing_objects.read(KEY, _Memory.seen)
    if found is None:
        _Memory.board = StatusBoard()
    elif found is not _Memory.seen:
        _Memory.board = msgspec.json.decode(found.body, type=StatusBoard)
    _Memory.seen, _Memory.read_at = found, time.monotonic()
    return _Memory.board


def recent() -> StatusBoard:
    """As read at most 15 s ago; older only where it cannot be read."""
    read_at = _Memory.read_at
    if read_at is not None and time.monotonic() - read_at < _CACHED_SECONDS:
        return _Memory.board
    return newest_known()


def newest_known() -> StatusBoard:
    """As it is now; as it was last seen where it cannot be read."""
    try:
        return load()
    except Unavailable:
        if _Memory.read_at is None:
            raise
        return _Memory.board


def change(edit: Callable[[StatusBoard], StatusBoard]) -> StatusBoard:
    """Apply an edit to the newest board, whoever else does so meanwhile."""
    for _ in range(_ATTEMPTS_MAX):
        before = load()
        after = edit(before)
        if after is before:
            return before
        after = msgspec.structs.replace(after, revision=before.revision + 1)
        try:
            seen = standing_objects.write(KEY, msgspec.json.encode(after), over=_Memory.seen)
        except Stale:
            continue
        _Memory.seen, _Memory.board, _Memory.read_at = seen, after, time.monotonic()
        try:
            _mirror(after)
        except Unavailable:  # without tables nobody gets as far as to place an order
            logger.warning("board not mirrored", extra={"revision": after.revision})
        return after
    raise Unavailable("Too many changes of the status board at once.")


def mirror() -> None:
    """Bring the tables' copy up to date. Raises `Unavailable` while they cannot be written."""
    _mirror(load())


def forget() -> None:
    """Drop what is in memory, as a new instance would start."""
    _Memory.seen, _Memory.board, _Memory.read_at = None, StatusBoard(), None


def _mirror(board: StatusBoard) -> None:
    buffer_flags.save(buffer_flags.flags_of(board))
