"""Looking after buffered orders each minute: standby, recovery, draining."""

from datetime import datetime, timedelta

import msgspec

from chalicelib import aws
from chalicelib.domain import status_board as boards
from chalicelib.domain.errors import TablesDown, Unavailable
from chalicelib.domain.status_board import Troubled
from chalicelib.observability import count, logger
from chalicelib.services import intake_queues, status_board, symptoms
from chalicelib.store import orders

RECOVERED_AFTER = timedelta(seconds=30)
_MOVED_MAX = 2000
_NO_ORDER = "ord_none"


class Care(msgspec.Struct, frozen=True, kw_only=True):
    """What one look found and did; `waiting` is None where a queue could not be asked."""

    tables_answer: bool
    moved: int
    waiting: int | None
    undrained: int


def look_after(now: datetime) -> Care:
    """Mirror the board, empty the standby, close what is over, see what drained and what rings."""
    answers = _mirrored()
    moved = _moved_from_standby()
    waiting = _waiting()
    rings = symptoms.troubled()
    board = status_board.change(lambda board: _looked(board, waiting, answers, rings, now))
    if waiting is not None:
        count("BufferedOrdersWaiting", waiting)
        count("BufferCareHeartbeat")
    return Care(tables_answer=answers, moved=moved, waiting=waiting, undrained=len(board.undrained))


def _looked(
    board: boards.StatusBoard,
    waiting: int | None,
    answers: bool,
    rings: tuple[Troubled, ...] | None,
    now: datetime,
) -> boards.StatusBoard:
    if rings is not None:
        board = boards.symptoms_seen(board, rings)
    if answers:
        board = boards.close_recovered(board, RECOVERED_AFTER, now)
    return board if waiting is None else boards.queues_seen(board, waiting, now)


def _mirrored() -> bool:
    """Whether the tables answer: a write of the catalogue's and a read of the orders' say so."""
    try:
        status_board.mirror()
        orders.find_order(_NO_ORDER)
    except TablesDown:
        logger.warning("the tables do not answer")
        count("DatabaseSilent")
        return False
    return True


def _waiting() -> int | None:
    try:
        with aws.calling("The intake queues"):
            return intake_queues.waiting()
    except Unavailable:
        logger.warning("nobody knows what waits")
        return None


def _moved_from_standby() -> int:
    """The first queue may be the one that is down: then they wait where they are."""
    try:
        with aws.calling("The standby queue"):
            return intake_queues.move_from_standby(_MOVED_MAX)
    except Unavailable:
        logger.warning("the standby queue cannot be emptied")
        return 0
