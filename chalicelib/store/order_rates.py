"""How many orders each store had in each window of time: one small item a store, a week long."""

import msgspec

from chalicelib.store import client
from chalicelib.store.subject_notes import Notes, key_of, note
from chalicelib.store.tables import OrderItem

_KIND = "rates"


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Orders by the number of their window; windows of another length start anew."""

    store_id: str
    window_seconds: int
    counts: dict[int, int] = {}

    @property
    def newest(self) -> int | None:
        return max(self.counts, default=None)


def rates_in(notes: Notes) -> dict[str, Rates]:
    found = notes.get(_KIND, ())
    return {key_of(item): msgspec.json.decode(item.data, type=Rates) for item in found}


def save_rates(rates: Rates) -> None:
    with client.translating():
        note(_KIND, rates.store_id, data=rates).save()


def count_orders(store_id: str, since: str, until: str) -> int:
    """Orders placed from `since` to before `until`, living and ended, without reading any."""
    with client.translating():
        return sum(
            OrderItem.by_store.count(
                store_id, OrderItem.board_key.between(half + since, half + until)
            )
            for half in ("open#", "done#")
        )
