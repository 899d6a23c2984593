"""The mirror of the status board that every order reads beside its stock: whose orders wait.

The board itself is no table's (`services/status_board.py`); this copy is brought up to date with
each change of it, each minute, and whenever the tables answer again.
"""

import msgspec

from chalicelib.domain.status_board import StatusBoard
from chalicelib.store.client import ConditionFailed, translating
from chalicelib.store.tables import CatalogueItem

FLAGS = ("catalogue", "buffering")


class BufferFlags(msgspec.Struct, frozen=True, kw_only=True):
    """The incidents for which orders wait: each one's id and store, None for all stores."""

    revision: int = 0
    held: tuple[tuple[str, str | None], ...] = ()

    def holding(self, store_id: str) -> tuple[str, ...]:
        """The ids of the incidents for which this store's orders wait."""
        return tuple(one for one, store in self.held if store in {None, store_id})


NONE = BufferFlags()


def flags_of(board: StatusBoard) -> BufferFlags:
    held = tuple((one.incident_id, one.store_id) for one in board.open_incidents if one.buffered)
    return BufferFlags(revision=board.revision, held=held)


def save(flags: BufferFlags) -> None:
    """A copy that comes late does not replace a newer one."""
    older = CatalogueItem.PK.does_not_exist() | (CatalogueItem.version <= flags.revision)
    try:
        with translating():
            CatalogueItem(*FLAGS, data=flags, version=flags.revision).save(older)
    except ConditionFailed:
        return


def flags_in(item: CatalogueItem | None) -> BufferFlags:
    return msgspec.json.decode(item.data, type=BufferFlags) if item else NONE
