"""Receipts: whoever claimed one and overstayed cannot overwrite the one who took it over."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.domain.receipts import Receipt
from chalicelib.store import receipts
from chalicelib.store.client import Put
from chalicelib.store.tables import CustomerItem

pytestmark = pytest.mark.usefixtures("engine")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def a_receipt(**fields):
    known = {
        "order_id": "ord_1", "event_id": "evt_1", "version": 1, "event_type": "order.placed",
        "consumer": "customer", "outcome": "pending", "at": NOW,
    }  # fmt: skip
    return Receipt(**{**known, **fields})


def found():
    return receipts.find_receipt("ord_1", "customer", 1)


def test_the_first_receipt_of_an_event_stays_and_brings_its_effects_once():
    effect = Put(CustomerItem("cus_1", "notification#1"), CustomerItem.PK.does_not_exist())
    assert receipts.first(a_receipt(), [effect])
    assert not receipts.first(a_receipt(outcome="delivered"), [effect])
    assert not receipts.first(a_receipt(outcome="delivered"))
    assert found().outcome == "pending"
    assert len(list(CustomerItem.query("cus_1"))) == 1


def test_a_pending_receipt_is_claimed_when_its_time_has_come_and_by_one_alone():
    receipts.first(a_receipt(next_attempt_at=LATER))
    seen = found()
    assert receipts.claim(seen, NOW, LATER) is None
    claimed = receipts.claim(seen, LATER, LATER + timedelta(seconds=30))
    assert claimed is not None
    assert claimed.attempts == 2
    assert receipts.claim(seen, LATER, LATER + timedelta(seconds=30)) is None


def test_who_lost_the_claim_cannot_mark_the_receipt():
    receipts.first(a_receipt(next_attempt_at=NOW))
    mine = receipts.claim(found(), NOW, LATER)
    theirs = receipts.claim(found(), LATER, LATER + timedelta(minutes=1))
    assert receipts.mark(msgspec.structs.replace(theirs, outcome="delivered"))
    assert not receipts.mark(msgspec.structs.replace(mine, outcome="given_up"))
    assert found().outcome == "delivered"


def test_an_orders_receipts_are_listed_by_consumer_and_version():
    for consumer, version in (("merchant", 2), ("customer", 2), ("customer", 1)):
        receipts.first(a_receipt(consumer=consumer, version=version))
    listed = [(r.consumer, r.version) for r in receipts.list_receipts("ord_1")]
    assert listed == [("customer", 1), ("customer", 2), ("merchant", 2)]
    assert receipts.list_receipts("ord_2") == []
