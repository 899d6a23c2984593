"""The tables, or what can be said without them: one circuit breaker an environment.

After two failures in a row the tables are asked no more, but for a probe now and then, so that
while they are down nobody waits for each call to time out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from chalicelib.domain.circuit import Circuit
from chalicelib.domain.errors import DocketError, TablesDown, Unavailable
from chalicelib.observability import count, logger
from chalicelib.services import status_board
from chalicelib.store import catalogue

T = TypeVar("T")


class _Environment:
    """What this function's environment has seen of the tables."""

    circuit = Circuit()


def first(now: datetime, by_tables: Callable[[], T], without: Callable[[], T]) -> T:
    """What the tables say, and what is said `without` them only while they are down."""
    if _Environment.circuit.allows(now):
        if _Environment.circuit.is_open:
            count("BreakerProbes")
        try:
            answer = by_tables()
        except TablesDown:
            _failed(now)
        except DocketError:
            _answered()
            raise
        else:
            _answered()
            return answer
    return without()


def require_tables(now: datetime) -> None:
    """Raises `TablesDown` at once while it is known, else within 2 s.

    Whoever asks so briefly may be mistaken on a slow day: what is found opens no circuit.
    """
    if not _Environment.circuit.allows(now):
        raise TablesDown("The tables do not answer.")
    catalogue.require_answer()


def forget() -> None:
    """Begin anew, as a new instance would."""
    _Environment.circuit = Circuit()


def _failed(now: datetime) -> None:
    """Each failed probe says so again: the alarm rings until the tables answer."""
    opened = _Environment.circuit.failed(now)
    if _Environment.circuit.is_open:
        count("DatabaseSilent")
    if opened:
        count("BreakerOpened")
        logger.error("the tables are down, orders are taken blind")


def _answered() -> None:
    """The tables' copy of the board may have missed a change while they were away."""
    if not _Environment.circuit.succeeded():
        return
    try:
        status_board.mirror()
    except Unavailable:
        logger.warning("board not mirrored yet")
