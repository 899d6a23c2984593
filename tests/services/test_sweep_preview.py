"""A dry run tells what a sweep would do, and leaves no trace."""

from datetime import timedelta

import boto3
import msgspec
import pytest

from chalicelib.services import rules, sweep_preview
from tests.factories import CUSTOMER, MANAGER, NOODLES, NOW, an_order_request
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import give_receipts, make_queues, sweep_at


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def tables():
    """Every item of every table."""
    dynamodb = boto3.client("dynamodb")
    return {
        name: sorted(map(repr, dynamodb.scan(TableName=name)["Items"]))
        for name in dynamodb.list_tables()["TableNames"]
    }


def preview_at(seconds, caller=MANAGER):
    moment = NOW + timedelta(seconds=seconds)
    return sweep_preview.preview(caller, lambda: moment, timedelta(seconds=20))


def test_it_tells_what_would_be_found_and_mended_and_writes_nothing():
    _, order = a_confirmed_order(CUSTOMER, line_items=[{"sku": "last-cake", "quantity": 1}])
    give_receipts(order.order_id)
    before = tables()

    foreseen = preview_at(121)

    assert tables() == before
    assert foreseen.dry_run
    assert (foreseen.due, foreseen.found, foreseen.opened, foreseen.repaired) == (1, 2, 2, 1)
    first, second = foreseen.findings
    assert (first.rule, first.subject.id) == ("order_not_returned", order.order_id)
    assert (first.would_repair, first.is_new) == (True, True)
    assert first.repairs == ("deliver_again", "mail_merchant")
    assert first.money_at_risk == order.totals.total
    assert (second.rule, second.would_repair) == ("stock_shortage", False)


def test_what_the_sweep_did_is_foreseen_no_more():
    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)
    sweep_at(121)
    foreseen = preview_at(122)
    assert (foreseen.found, foreseen.opened, foreseen.repaired) == (1, 0, 0)


def test_what_a_rule_just_edited_would_find_is_foreseen_too():
    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)
    sweep_at(1)
    sooner = {"threshold_seconds": 5}
    rules.change("order_not_returned", sooner, MANAGER, version=None, now=NOW)
    foreseen = preview_at(11)
    assert [one.rule for one in foreseen.findings] == ["order_not_returned"]
    assert sweep_at(11).opened == 1


def test_findings_of_other_stores_are_counted_and_not_told():
    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)
    elsewhere = msgspec.structs.replace(MANAGER, store_ids=frozenset({NOODLES}))
    foreseen = preview_at(121, elsewhere)
    assert (foreseen.found, foreseen.findings) == (1, ())


def test_an_order_that_would_expire_is_counted():
    from chalicelib.services import orders

    request = an_order_request()
    orders.place(request, CUSTOMER, "key-1", language="en", now=NOW)
    assert preview_at(901).expired == 1
