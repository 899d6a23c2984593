"""What the use cases may cost: calls and write units are asserted, times only benchmarked.

The figures are those of the design: the order has three lines; units are computed from the requests
by `bench/write_units.py`.
"""

import pytest

from bench import order_life, sweep_cost, webhook_storm
from bench.market import METHODS, open_market
from bench.write_units import Ledger

TABLE = {"orders": {"GlobalSecondaryIndexes": [
    {"KeySchema": [{"AttributeName": "due"}], "Projection": {"ProjectionType": "KEYS_ONLY"}},
    {"KeySchema": [{"AttributeName": "list"}], "Projection": {"ProjectionType": "ALL"}},
]}}  # fmt: skip


@pytest.fixture(scope="module")
def usages():
    with order_life.open_shop() as shop:
        return order_life.measure(shop)


@pytest.mark.parametrize(
    ("use_case", "calls"),
    [
        ("quote", 1),
        ("create", 2),
        ("webhook to paid", 2),
        ("read with timeline", 1),
        ("relay of 10 events", 0),
    ],
)
def test_calls_of_dynamodb(usages, use_case, calls):
    assert usages[use_case].call_count == calls, usages[use_case].calls


def test_what_only_reads_writes_nothing(usages):
    for use_case in ("quote", "read with timeline", "relay of 10 events"):
        assert usages[use_case].units == {}
    assert usages["relay of 10 events"].others == {"sns:PublishBatch": 1}


def test_units_to_create_an_order(usages):
    assert 12 <= usages["create"].units_in("-orders", "-stock") <= 15


def test_units_of_a_whole_life(usages):
    life = usages["whole life"]
    assert life.units_in("-orders", "-stock") <= 80
    assert life.units_in() <= 120


def test_a_sweep_costs_by_what_is_due_and_not_by_what_there_is():
    with order_life.open_shop() as shop:
        few, many = sweep_cost.costs(shop.meter, (100, 400))
    assert few.due == many.due == sweep_cost.DUE
    assert few.requests == many.requests <= 40 + 3 * sweep_cost.DUE


@pytest.fixture(scope="module")
def market():
    with open_market() as found:
        yield found


def test_any_company_s_webhook_makes_an_order_paid_in_two_calls(market):
    costs = webhook_storm.to_paid(market, rounds=1)
    assert set(costs) == set(METHODS)
    assert {company: cost.calls for company, cost in costs.items()} == dict.fromkeys(METHODS, 2)


def test_shuffled_and_repeated_webhooks_of_all_companies_end_alike_and_none_is_lost(market):
    storm = webhook_storm.rage(market, orders_each=2, deliveries=100)
    assert storm.deliveries >= 100
    assert storm.orders == 2 * len(METHODS)
    assert (storm.refused, storm.astray, storm.lost, storm.violations) == (0, 0, 0, 0)
    assert storm.cost.calls <= 3


def put(size=10, **attributes):
    item = {"PK": {"S": "o"}, "SK": {"S": "order"}, "data": {"S": "x" * size}}
    item |= {name: {"S": value} for name, value in attributes.items()}
    return {"Put": {"TableName": "orders", "Item": item}}


def charged(ledger, *writes):
    return ledger.charge("TransactWriteItems", {"TransactItems": list(writes)})["orders"]


def test_a_transacted_item_costs_two_units_for_each_started_kilobyte():
    assert charged(Ledger(TABLE), put(900)) == 2
    ledger = Ledger(TABLE)
    assert charged(ledger, put(1100)) == 4
    assert charged(ledger, put(10)) == 4, "what was there counts too"
    single = {"TableName": "orders", "Item": put(10)["Put"]["Item"]}
    assert ledger.charge("PutItem", single)["orders"] == 1


def test_an_index_entry_costs_one_unit_to_come_or_go_and_two_to_move():
    ledger = Ledger(TABLE)
    assert charged(ledger, put(due="1")) == 2 + 1
    assert charged(ledger, put(20, due="1")) == 2
    assert charged(ledger, put(due="2")) == 2 + 2
    moved = {
        "TableName": "orders",
        "Key": {"PK": {"S": "o"}, "SK": {"S": "order"}},
        "UpdateExpression": "SET #0 = :0",
        "ExpressionAttributeNames": {"#0": "due"},
        "ExpressionAttributeValues": {":0": {"S": "3"}},
    }
    assert ledger.charge("UpdateItem", moved)["orders"] == 1 + 2
    gone = {**moved, "UpdateExpression": "REMOVE #0"}
    assert ledger.charge("UpdateItem", gone)["orders"] == 1 + 1
    assert ledger.charge("UpdateItem", gone)["orders"] == 1


def test_an_index_that_projects_everything_is_rewritten_with_its_item():
    ledger = Ledger(TABLE)
    assert charged(ledger, put(list="a")) == 2 + 1
    assert charged(ledger, put(1500, list="a")) == 4 + 2
    assert charged(ledger, put(1500, list="a")) == 4
    gone = {"Delete": {"TableName": "orders", "Key": {"PK": {"S": "o"}, "SK": {"S": "order"}}}}
    assert charged(ledger, gone) == 4 + 2
