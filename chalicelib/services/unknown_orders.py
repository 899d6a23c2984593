"""What to say of an order that the tables do not know: there is none, or it cannot be known yet."""

from chalicelib.domain.errors import DocketError, Unavailable
from chalicelib.services import status_board
from chalicelib.store import orders as table

_RETRY_AFTER_SECONDS = 15


def not_known() -> DocketError:
    """`Unavailable` while orders that were taken without tables are not all imported."""
    try:
        board = status_board.load()
    except Unavailable as unavailable:
        return unavailable
    if any(incident.blind for incident in board.undrained):
        return Unavailable(
            "Orders taken while the database was down are still being placed.",
            retry_after_seconds=_RETRY_AFTER_SECONDS,
        )
    return table.not_found()
