"""When an order is looked at next."""

from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.domain.due import DUE_SHARDS, HORIZON, due_shard, earliest_check
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Contact, Fulfillment, Order, Totals
from chalicelib.domain.thresholds import DEFAULT_THRESHOLDS

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ZERO = Money(0, "CNY")


def an_order(**changes):
    order = Order(
        order_id="ord_1",
        number="01-AAAAA",
        pickup_code="A01",
        version=1,
        status="placed",
        payment_status="unpaid",
        fulfillment_status="unfulfilled",
        store_id="st_1",
        customer_id="cus_1",
        channel="web",
        line_items=(),
        totals=Totals(Money(500, "CNY"), ZERO, ZERO, ZERO, Money(500, "CNY")),
        fulfillment=Fulfillment(type="pickup"),
        contact=Contact(),
        placed_at=NOW,
        updated_at=NOW,
        fingerprint="f",
        duplicate_meant=True,
    )
    return msgspec.structs.replace(order, **changes)


def check(order, *, receipts_due=False):
    return earliest_check(order, DEFAULT_THRESHOLDS, NOW, receipts_due=receipts_due)


def test_shards_spread_orders_evenly_and_never_move():
    counts = [0] * DUE_SHARDS
    for n in range(3200):
        counts[due_shard(f"ord_{n}")] += 1
    assert min(counts) > 100
    assert due_shard("ord_1") == due_shard("ord_1")


def test_an_ended_order_with_nothing_open_leaves_the_index():
    assert check(an_order(status="completed", payment_status="paid", captured_minor=500)) is None


def test_an_ended_order_stays_while_receipts_or_a_payment_or_a_refund_is_open():
    ended = an_order(status="canceled")
    assert check(ended, receipts_due=True) == NOW + timedelta(seconds=60)
    assert check(msgspec.structs.replace(ended, open_payment_id="pay_1")) is not None
    assert check(msgspec.structs.replace(ended, refund_pending_minor=5)) is not None


def test_money_kept_for_a_canceled_order_is_looked_at_at_once():
    assert check(an_order(status="canceled", captured_minor=500)) == NOW


def test_an_unpaid_order_is_looked_at_when_it_expires():
    expires = NOW + timedelta(minutes=15)
    assert check(an_order(expires_at=expires)) == expires


def test_a_confirmed_order_is_looked_at_when_the_merchant_should_have_accepted():
    confirmed = an_order(status="confirmed", payment_status="paid", confirmed_at=NOW)
    assert check(confirmed) == NOW + timedelta(seconds=120)


def test_a_promise_is_looked_at_when_it_is_broken():
    promised = NOW + timedelta(minutes=20)
    order = an_order(status="preparing", payment_status="paid", promised_at=promised)
    assert check(order) == promised + timedelta(seconds=300)


def test_an_order_that_no_rule_awaits_is_still_looked_at_daily():
    assert check(an_order()) == NOW + HORIZON
