"""Many at once on AWS's own engine, with the conflicts that AWS would answer injected."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.services import orders, rules
from chalicelib.services.verify_books import check_invariants
from chalicelib.store.client import Update, transact
from chalicelib.store.tables import OrderItem, StockItem
from tests.account import fresh_account
from tests.factories import CUSTOMER, MARKET, an_order_request, open_shop, put_stock, stock_of
from tests.reliability.crashes import Conflicts

BUYERS = 32
LAST_UNITS = 10


@pytest.fixture
def shop(dynamodb_local):
    with fresh_account(dynamodb_local):
        open_shop()
        yield


def at_once(act):
    """What `act` returned to each of the buyers, who all began together."""
    start = Barrier(BUYERS)

    def one(number):
        start.wait(30)
        return act(number)

    with ThreadPoolExecutor(BUYERS) as pool:
        return list(pool.map(one, range(BUYERS)))


def placed(key, sku="last-cake"):
    """Place until there is an answer, as a client does with its key after a 503."""
    request = an_order_request(line_items=[{"sku": sku, "quantity": 1}], allow_duplicate=True)
    for _ in range(20):
        try:
            now = datetime.now(UTC)
            done = orders.place(request, CUSTOMER, key, language="en", now=now)
        except Unavailable:
            continue
        except Conflict as refused:
            return refused.code
        return done.file.order.order_id
    return "gave up"


def stored_orders():
    return [item.PK for item in OrderItem.scan() if item.SK == "order"]


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_of_the_last_units_exactly_those_are_sold(shop, rate):
    put_stock(MARKET, "last-cake", LAST_UNITS)
    rules.current_thresholds(datetime.now(UTC))
    conflicts = Conflicts(rate, seed=7)
    with conflicts.injected_within():
        answers = Counter(at_once(lambda n: placed(f"buyer-{n}")))
    assert answers.pop("out_of_stock") == BUYERS - LAST_UNITS
    assert sorted(answers) == sorted(stored_orders())
    assert set(answers.values()) == {1}
    assert stock_of("last-cake") == (0, LAST_UNITS, 0)
    assert check_invariants(datetime.now(UTC)) == []
    assert (conflicts.injected > 0) == (rate > 0)


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_the_same_key_from_all_is_one_order(shop, rate):
    with Conflicts(rate, seed=11).injected_within():
        answers = set(at_once(lambda _: placed("the-one-key", "apple")))
    assert answers == set(stored_orders())
    assert len(answers) == 1
    assert stock_of("apple") == (499, 1, 0)


def test_a_table_that_stays_busy_is_told_after_a_few_tries(shop):
    slept = []
    item = StockItem(MARKET, "level#apple")
    conflicts = Conflicts(1.0, seed=1)
    with conflicts.injected_within(), pytest.raises(Unavailable):
        transact([Update(item, [StockItem.available.add(-1)])], sleep=slept.append)
    assert conflicts.injected == len(slept) + 1 == 5
    assert max(slept) < 0.5
    assert stock_of("apple") == (500, 0, 0)
