"""A payment charged in another currency: booked at home to the minor unit, shown in its own."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.domain.charges import ChargeRate
from chalicelib.domain.errors import Conflict, InvalidInput
from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.services import catalogue, ledger, orders, reconciliation, refunds
from chalicelib.services.ledger import Period
from chalicelib.services.refunds import RefundRequest
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, MANAGER, MARKET, a_store, an_order_request, cny
from tests.services.sweeping import cases, make_queues, sweep_at

YEN = Money(397, "JPY")


def now():
    return datetime.now(UTC)


def a_rate(currency="JPY", rate="20.9", hours=1):
    return ChargeRate(
        currency=currency, rate=rate, source="European Central Bank",
        rated_at=now() - timedelta(hours=2), valid_until=now() + timedelta(hours=hours),
    )  # fmt: skip


def offer(*rates):
    store = a_store(charge_currencies=rates)
    catalogue.publish(
        lambda old: msgspec.structs.replace(old, stores={**old.stores, MARKET: store})
    )


@pytest.fixture(autouse=True)
def _rates(shop):
    offer(a_rate(), a_rate("USD", "0.1405"))


@pytest.fixture
def order_id(stripe):
    placed = orders.place(an_order_request(), CUSTOMER, fresh("key"), language="en", now=now())
    return placed.file.order.order_id


@pytest.fixture
def paid(stripe, order_id):
    reference = stripe.start(order_id, currency="JPY").reference
    stripe.deliver(stripe.pay(reference))
    return reference


def reload(order_id):
    return table.load_file(order_id)


def give_back(order_id, key, minor=None):
    wish = RefundRequest(reason="r", amount=None if minor is None else cny(minor))
    return refunds.request(order_id, wish, MANAGER, key, now()).refund


def sound():
    return check_invariants(now()) == []


def test_the_company_takes_yen_and_the_order_is_paid_in_yuan(stripe, order_id, paid):
    intent = stripe.intents[paid]
    assert (intent["amount"], intent["currency"]) == (YEN.amount_minor, "jpy")
    found = reload(order_id)
    assert (found.order.status, found.order.payment_status) == ("confirmed", "paid")
    (payment,) = found.payments
    assert (payment.amount, payment.captured_minor, payment.taken) == (cny(1900), 1900, YEN)
    kept = payment.charge
    assert (kept.rate, kept.rate_source, kept.rounding) == (
        "20.9", "European Central Bank", "half_up",
    )  # fmt: skip
    captured = next(event for event in found.events if event.type == "payment.captured")
    assert captured.data["charge"] == {"amount_minor": 397, "currency": "JPY"}
    assert sound()


def test_a_payment_in_the_stores_own_currency_has_no_trace_of_it(stripe, order_id):
    payment = stripe.start(order_id, currency="CNY")
    assert stripe.intents[payment.reference]["currency"] == "cny"
    assert b"charge" not in msgspec.json.encode(payment)
    assert not any("charge" in event.data for event in reload(order_id).events)


def test_less_than_was_to_be_charged_is_found_though_it_rounds_to_the_whole(stripe):
    offer(a_rate("KRW", "195"))  # 9 won more or less are not one fen
    placed = orders.place(an_order_request(), CUSTOMER, fresh("k"), language="en", now=now())
    order_id = placed.file.order.order_id
    reference = stripe.start(order_id, currency="KRW").reference
    stripe.intents[reference]["amount"] -= 1
    stripe.deliver(stripe.pay(reference))
    found = reload(order_id)
    assert (found.order.payment_status, found.order.due_minor) == ("underpaid", 1)
    assert found.events[-1].type == "payment.mismatched"
    assert sound()


def test_a_currency_that_nobody_asked_for_confirms_nothing_and_is_a_case(stripe, order_id):
    make_queues()
    reference = stripe.start(order_id, currency="JPY").reference
    stripe.intents[reference] |= {"currency": "cny", "amount": 1900}
    stripe.deliver(stripe.pay(reference))
    found = reload(order_id).order
    assert (found.status, found.captured_minor) == ("placed", 0)
    sweep_at(at=now())
    (case,) = cases("payment_mismatch", "open")
    assert "19.00 CNY" in case.summary["en"]
    stripe.deliver(stripe.refund(reference, 1900))
    sweep_at(at=now() + timedelta(minutes=2))
    assert cases("payment_mismatch", "open") == []
    assert sound()


def test_refunds_in_parts_come_to_all_of_both(stripe, order_id, paid):
    parts = [give_back(order_id, f"r-{n}", minor) for n, minor in enumerate((1, 700, 33))]
    assert [part.charge.amount_minor for part in parts] == [0, 146, 7]
    rest = give_back(order_id, "rest")
    assert (rest.amount, rest.charge) == (cny(1166), Money(244, "JPY"))
    assert sum(one["amount"] for one in stripe.refunds.values()) == YEN.amount_minor
    assert {one["currency"] for one in stripe.refunds.values()} == {"jpy"}
    assert reload(order_id).order.payment_status == "refunded"
    assert sound()


def test_what_is_given_and_claimed_back_there_is_booked_here(stripe, order_id, paid):
    stripe.deliver(stripe.refund(paid, 100))
    stripe.deliver(stripe.refund(paid, 99))
    found = reload(order_id)
    assert [refund.amount for refund in found.refunds] == [cny(479), cny(473)]
    stripe.deliver(stripe.dispute(paid, amount=198))
    assert reload(order_id).disputes[0].amount == cny(948)
    stripe.deliver(stripe.dispute(paid, "lost", amount=198))
    assert reload(order_id).order.payment_status == "refunded"
    assert sound()


def test_the_ledger_balances_in_yuan_and_shows_the_yen(stripe, order_id, paid):
    give_back(order_id, "r-1", 700)
    period = Period(store_id=MARKET, since=now() - timedelta(hours=1), until=now())
    entries = ledger.list_entries(MANAGER, period, 100, None).entries
    moved = {entry.type: entry.charge for entry in entries}
    assert moved == {"payment.captured": YEN, "refund.succeeded": Money(146, "JPY")}
    assert [entry.difference for entry in entries] == [0, 0]
    assert "397,JPY" in ledger.export(MANAGER, period)


def test_statements_are_matched_in_what_was_charged(stripe, order_id, paid):
    give_back(order_id, "r-0", 1)  # less than a yen: nothing moves there
    give_back(order_id, "r-1", 700)
    report = reconciliation.match_day("stripe", now().date(), "staff-mo", now())
    assert (report.matched, report.differences) == (2, ())
    stripe.intents[paid]["amount_received"] -= 1
    report = reconciliation.match_day("stripe", now().date(), "staff-mo", now())
    (found,) = report.differences
    assert (found.kind, found.ours, found.theirs) == ("amount", YEN, Money(396, "JPY"))


def test_a_rate_that_lapsed_is_refused_with_what_there_is(stripe, order_id):
    offer(a_rate(hours=-1), a_rate("USD", "0.1405"))
    with pytest.raises(Conflict) as refused:
        stripe.start(order_id, currency="JPY")
    assert refused.value.code == "rate_expired"
    (left,) = refused.value.facts["charges"]
    assert left["amount"] == {"amount_minor": 267, "currency": "USD"}
    assert reload(order_id).payments == ()


def test_a_charge_other_than_the_one_shown_is_refused(stripe, order_id):
    stripe.start(order_id, currency="JPY", expected_charge=YEN)
    offer(a_rate(rate="21"))
    with pytest.raises(Conflict) as refused:
        stripe.start(order_id, key="pay-2", currency="JPY", expected_charge=YEN)
    assert refused.value.code == "charge_changed"
    assert len(reload(order_id).payments) == 1


def test_a_new_rate_replaces_the_open_payment_and_a_repeat_keeps_its_own(stripe, order_id):
    first = stripe.start(order_id, currency="JPY")
    assert stripe.start(order_id, key="pay-2", currency="JPY").payment_id == first.payment_id
    offer(a_rate(rate="21"))
    assert stripe.start(order_id, currency="JPY").charge == first.charge
    second = stripe.start(order_id, key="pay-3", currency="JPY")
    assert second.charge.amount == Money(399, "JPY")
    assert reload(order_id).payment(first.payment_id).status == "expired"


def test_only_a_currency_of_the_store_and_its_company_is_offered(stripe, order_id):
    for currency in ("EUR", "XXX"):
        with pytest.raises(InvalidInput) as refused:
            stripe.start(order_id, currency=currency)
        assert refused.value.code == "provider_not_offered"
