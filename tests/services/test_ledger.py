"""The ledger of some days costs by what happened in them, not by what the store has ever sold."""

from datetime import timedelta

import pytest

from bench.meter import Meter
from bench.write_units import Ledger
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.payments import ProviderEvent
from chalicelib.services import invoices, ledger, provider_events
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, MANAGER, MARKET, NOODLES, NOW, cny
from tests.services.confirmed import a_confirmed_order

DAY = timedelta(days=1)
LONG_AGO = NOW - 90 * DAY


def sold(number, at):
    """An order that was paid and invoiced."""
    event, order = a_confirmed_order(CUSTOMER, now=at, key=f"key-{at:%Y%m%d}-{number}",
                                     allow_duplicate=True)  # fmt: skip
    invoices.issue(event, at)
    return order


def heard(order, kind, said_at, told_at):
    payment = table.load_file(order.order_id).payments[0]
    event = ProviderEvent(
        provider="sandbox", event_id=f"{kind}-{order.order_id}", kind=kind, raw_type=kind,
        occurred_at=said_at, order_id=order.order_id, payment_id=payment.payment_id,
        amount=cny(100), refund_reference=f"re-{order.order_id}",
    )  # fmt: skip
    assert provider_events.apply(event, told_at) is not None


def told(since, until, limit=100, store_id=MARKET):
    """All entries of a period as (order, type), page after page."""
    period = ledger.Period(store_id=store_id, since=since, until=until)
    found, place = [], None
    while True:
        page = ledger.list_entries(MANAGER, period, limit, place)
        found += [(entry.order_id, entry.type) for entry in page.entries]
        place = page.next_place
        if place is None:
            return found


def test_a_day_tells_of_what_happened_to_an_order_of_long_before(shop):
    order = sold(1, LONG_AGO)
    heard(order, "refund.succeeded", NOW, NOW)
    assert told(NOW - DAY, NOW + DAY) == [(order.order_id, "refund.succeeded")]
    sale = [(order.order_id, "payment.captured"), (order.order_id, "invoice.issued")]
    assert told(LONG_AGO, LONG_AGO + DAY) == sale
    assert told(LONG_AGO, NOW + DAY) == [*sale, (order.order_id, "refund.succeeded")]


def test_what_a_company_told_days_late_stands_under_the_day_on_which_we_heard(shop):
    order = sold(1, LONG_AGO)
    heard(order, "refund.succeeded", NOW - 3 * DAY, NOW)
    assert told(NOW - 5 * DAY, NOW - DAY) == []
    assert told(NOW - DAY, NOW + DAY) == [(order.order_id, "refund.succeeded")]


def test_a_correction_is_found_under_its_own_day(shop):
    order = sold(1, LONG_AGO)
    heard(order, "refund.succeeded", LONG_AGO, LONG_AGO)
    refunded = next(
        one for one in table.load_file(order.order_id).events if one.type == "refund.succeeded"
    )
    invoices.issue(refunded, NOW)
    assert told(NOW - DAY, NOW + DAY) == [(order.order_id, "invoice.issued")]


def test_small_pages_tell_the_same_once(shop):
    for number in range(3):
        sold(number, NOW)
    heard(sold(9, NOW - DAY), "refund.succeeded", NOW, NOW)
    whole = told(NOW - 40 * DAY, NOW + DAY)
    assert len(whole) == len(set(whole)) == 9
    assert told(NOW - 40 * DAY, NOW + DAY, limit=1) == whole
    assert told(NOW - DAY, NOW + DAY, store_id=NOODLES) == []


def test_a_day_costs_the_same_however_much_was_sold_before(shop):
    costs = []
    for today, sold_before in ((NOW, 0), (NOW + DAY, 4)):
        for number in range(sold_before):
            sold(number, LONG_AGO)
        sold("today", today)
        meter = Meter(Ledger({}))
        with meter.running():
            assert len(told(today, today + timedelta(hours=1))) == 2
            with meter.measured() as usage:
                told(today, today + timedelta(hours=1))
        costs.append(usage.call_count)
    assert costs[0] == costs[1] <= 8


def test_a_file_of_too_many_days_is_refused_and_an_endless_time_has_an_end(shop):
    period = ledger.Period(store_id=MARKET, since=NOW, until=NOW + 400 * DAY)
    with pytest.raises(InvalidInput) as refused:
        ledger.export(MANAGER, period)
    assert refused.value.code == "period_too_long"
    ages = ledger.Period(store_id=MARKET, since=NOW.replace(year=1), until=NOW.replace(year=9999))
    page = ledger.list_entries(MANAGER, ages, 100, None)
    assert page.entries == []
    assert page.next_place.day.year == 2000
