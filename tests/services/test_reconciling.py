"""A provider's books of a day against ours: a report each time, a case for each difference."""

from datetime import timedelta

import pytest

from chalicelib.domain.invoice_books import fee_faults
from chalicelib.domain.ledger import balances
from chalicelib.domain.statements import StatementLine
from chalicelib.services import (
    ledger,
    payments,
    reconciliation,
    refunds,
    statement_files,
)
from chalicelib.services.refunds import RefundRequest
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from chalicelib.store import reconciliations
from tests.factories import MANAGER, MARKET, cny
from tests.services.paid_at_stripe import now, paid, placed, today
from tests.services.sweeping import cases, make_queues, sweep_at


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def matched(provider="stripe"):
    return reconciliation.match_day(provider, today(), "staff-mo", now())


def kinds(report):
    return [(one.kind, one.outcome) for one in report.differences]


def swept(**later):
    return sweep_at(at=now() + timedelta(**(later or {"seconds": 61})))


def test_a_report_is_kept_when_nothing_differs(stripe):
    order_id, _ = paid(stripe)
    refunds.request(order_id, RefundRequest(reason="r", amount=cny(500)), MANAGER, "r", now())
    report = matched()
    assert (report.lines, report.entries, report.matched, kinds(report)) == (2, 2, 2, [])
    assert reconciliations.load(report.reconciliation_id) == report


def test_what_the_provider_took_and_nobody_told_is_found_and_recorded(stripe):
    order_id = placed()
    reference = stripe.start(order_id).reference
    swept(seconds=31)  # asked about once already, and not yet again
    stripe.pay(reference)
    assert kinds(matched()) == [("paid_unknown", "case")]
    swept(seconds=95)
    assert table.load_order(order_id).payment_status == "paid"
    (case,) = cases("paid_not_recorded")
    assert case.status == "resolved"
    assert kinds(matched()) == []


def test_money_without_any_order_is_kept_for_people(stripe):
    order_id, reference = paid(stripe)
    stranger = stripe.intents[reference] | {"id": "pi_77", "metadata": {}}
    stripe.intents["pi_77"] = stranger
    assert kinds(matched()) == [("paid_unknown", "orphan")]
    swept()
    (case,) = cases("webhook_orphan", "open")
    assert "statement" in case.summary["en"]
    assert table.load_order(order_id).payment_status == "paid"


def test_a_payment_that_the_provider_does_not_have_is_a_case_until_it_does(stripe):
    order_id, reference = paid(stripe)
    gone = stripe.intents.pop(reference)
    assert kinds(matched()) == [("missing_at_provider", "case")]
    swept()
    (case,) = cases("payment_mismatch", "open")
    assert case.subject.id == order_id
    stripe.intents[reference] = gone
    assert kinds(matched()) == []
    swept(minutes=3)
    assert cases("payment_mismatch", "open") == []


def test_another_amount_is_a_case(stripe):
    order_id, reference = paid(stripe)
    stripe.intents[reference]["amount_received"] = 1800
    assert kinds(matched()) == [("amount", "case")]
    swept()
    (case,) = cases("payment_mismatch", "open")
    assert case.subject.id == order_id
    assert "18.00" in case.summary["en"]


def test_a_refund_that_is_not_there_is_a_case(stripe):
    order_id, _ = paid(stripe)
    refunds.request(order_id, RefundRequest(reason="r", amount=cny(500)), MANAGER, "r", now())
    stripe.refunds.clear()
    assert kinds(matched()) == [("refund_missing", "case")]
    swept()
    (case,) = cases("refund_stuck", "open")
    assert case.subject.id == order_id


def test_a_refund_that_only_they_know_is_recorded(stripe):
    order_id, reference = paid(stripe)
    stripe.refund(reference, 300)
    assert kinds(matched()) == [("refund_unknown", "recorded")]
    assert table.load_order(order_id).refunded_minor == 300
    assert kinds(matched()) == []


def fees_of(order_id):
    kinds_of_fees = ("payment.fee_charged", "payment.fee_returned")
    events = table.load_file(order_id).events
    return [one.data["fee"]["amount_minor"] for one in events if one.type in kinds_of_fees]


def test_what_the_provider_kept_is_in_the_ledger_once_however_often_books_are_matched(stripe):
    order_id, _ = paid(stripe)
    total = table.load_order(order_id).totals.total.amount_minor
    kept = total * 29 // 1000
    assert [matched().fees_booked for _ in range(2)] == [1, 0]
    assert fees_of(order_id) == [kept]
    period = ledger.Period(store_id=MARKET, since=now() - timedelta(hours=1), until=now())
    entries = ledger.list_entries(MANAGER, period, 100, None).entries
    assert all(entry.difference == 0 for entry in entries)
    held = balances(entries)
    assert (held["fees"], held["provider:stripe"]) == (kept, total - kept)
    assert sum(held.values()) == 0
    assert f"{order_id}," in ledger.export(MANAGER, period)
    assert check_invariants(now()) == []


def test_a_fee_waits_for_its_payment_and_is_booked_when_that_is_recorded(stripe):
    order_id = placed()
    reference = stripe.start(order_id).reference
    stripe.pay(reference)
    first = matched()
    assert (first.fees_booked, first.fees_waiting) == (0, 1)
    payments.ask_provider(order_id, table.load_file(order_id).payments[0].payment_id, now())
    again = matched()
    assert (again.fees_booked, again.fees_waiting) == (1, 0)


def test_more_fees_than_one_match_can_book_are_left_for_the_next(stripe):
    for _ in range(3):
        paid(stripe)
    day = today()
    told = [
        reconciliation.match_day("stripe", day, "staff-mo", now(), fees_max=2) for _ in range(2)
    ]
    assert [(one.fees_booked, one.fees_waiting) for one in told] == [(2, 1), (1, 0)]


def test_what_a_refund_brings_back_of_a_fee_is_booked_from_the_statement(stripe):
    order_id, reference = paid(stripe)
    refunds.request(order_id, RefundRequest(reason="r", amount=cny(500)), MANAGER, "r", now())
    file = table.load_file(order_id)
    said = {"order_id": order_id, "occurred_at": now()}
    payment = StatementLine(
        kind="payment", reference=reference, amount=file.payments[0].amount, fee=cny(30), **said
    )
    refund = StatementLine(
        kind="refund", reference=file.refunds[0].reference, amount=cny(500), fee=cny(4), **said
    )
    statement = statement_files.JsonStatement(lines=(payment, refund))
    for booked in (2, 0):
        report = statement_files.import_json("stripe", today(), statement, "staff-mo", now())
        assert (report.fees_booked, report.difference_count) == (booked, 0)
    assert fees_of(order_id) == [30, 4]
    assert check_invariants(now()) == []


def test_a_fee_that_is_booked_twice_is_a_fault_of_the_books(stripe):
    order_id, _ = paid(stripe)
    matched()
    events = table.load_file(order_id).events
    fee = next(one for one in events if one.type == "payment.fee_charged")
    taken = [one for one in events if one.type == "payment.captured"]
    assert list(fee_faults((*taken, fee))) == []
    assert list(fee_faults((*taken, fee, fee))) == [f"{fee.event_id} books a fee again"]
    assert list(fee_faults((fee,))) == [f"{fee.event_id} books a fee of what was not taken"]


def test_yesterday_is_matched_once_by_the_first_run_that_can(stripe):
    paid(stripe)
    tomorrow = now() + timedelta(days=1, hours=2)
    run = lambda: reconciliation.reconcile(lambda: tomorrow, timedelta(seconds=60))  # noqa: E731
    (report_id,) = run().reports
    assert reconciliations.load(report_id).requested_by == "schedule"
    assert run().reports == []


def test_the_sandbox_companys_books_agree(cashier):
    order_id = placed()
    payment = cashier.start(order_id)
    cashier.settle(payment, "succeeded")
    cashier.deliver(payment)
    report = matched("sandbox")
    assert order_id not in {one.order_id for one in report.differences}
    assert report.matched >= 1
    total = table.load_order(order_id).totals.total.amount_minor
    assert fees_of(order_id) == [(total * 6 + 500) // 1000]
