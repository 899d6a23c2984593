"""Opening times: closed, paused, over midnight, in the store's own time zone."""

from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.domain.catalogue import WEEKDAYS, Hours, StoreState
from chalicelib.domain.stores import opening_of
from tests.factories import a_store

SHANGHAI_NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday, 09:00 in Shanghai
DAYTIME = Hours(dict.fromkeys(WEEKDAYS, (("09:00", "18:00"),)))
NIGHT = Hours({"mon": (("20:00", "02:00"),)})
RUNNING = StoreState(store_id="sto_market")


def at(hours, now, state=RUNNING):
    return opening_of(a_store(hours=hours), state, now)


def test_an_open_store_takes_orders_now():
    assert at(DAYTIME, SHANGHAI_NINE) == SHANGHAI_NINE


def test_a_closed_store_opens_at_its_local_time():
    assert at(DAYTIME, SHANGHAI_NINE - timedelta(hours=1)) == SHANGHAI_NINE


def test_a_night_runs_into_the_next_day():
    one_in_the_morning = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert at(NIGHT, one_in_the_morning) == one_in_the_morning


def test_a_store_that_never_opens_has_no_next_opening():
    assert at(Hours({}), SHANGHAI_NINE) is None


def test_a_pause_ends_when_it_says_or_at_the_opening_after():
    noon = SHANGHAI_NINE + timedelta(hours=3)
    paused = msgspec.structs.replace(RUNNING, paused=True, until=noon)
    assert at(DAYTIME, SHANGHAI_NINE, paused) == noon
    late = msgspec.structs.replace(paused, until=SHANGHAI_NINE + timedelta(hours=12))
    assert at(DAYTIME, SHANGHAI_NINE, late) == SHANGHAI_NINE + timedelta(days=1)
    assert at(DAYTIME, SHANGHAI_NINE, msgspec.structs.replace(paused, until=None)) is None


def test_a_pause_that_is_over_is_none():
    over = msgspec.structs.replace(RUNNING, paused=True, until=SHANGHAI_NINE)
    assert at(DAYTIME, SHANGHAI_NINE, over) == SHANGHAI_NINE
