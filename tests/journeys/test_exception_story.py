"""What goes wrong is found, repaired and told, without anyone's help."""

import pytest

from tests.journeys.people import until


@pytest.fixture
def impatient(manager):
    """Rules that speak at once, put back afterwards."""
    names = ("payment_stale", "order_not_returned")
    before = [manager.set_rule(name, threshold_seconds=1) for name in names]
    yield
    for rule in before:
        manager.set_rule(rule["rule"], threshold_seconds=rule["threshold_seconds"])


def swept(manager, read, holds):
    """Sweep until it holds: the rules' second has to pass first."""

    def after_a_sweep():
        manager.sweep()
        return read()

    return until(after_a_sweep, holds, seconds=30)


def test_a_payment_whose_webhook_was_lost_is_found(ada, manager, lines, impatient):
    order = ada.place(line_items=lines(index=4)).json
    ada.pay(order, "webhook_lost")

    found = swept(manager, lambda: ada.order(order), lambda o: o["status"] == "confirmed")
    assert found["payment_status"] == "paid"


def test_an_order_that_is_not_accepted_opens_a_case_is_sent_again_and_alerts(
    ada, clerk, manager, lines, impatient
):
    order = ada.place(line_items=lines(index=5)).json
    ada.pay(order, "succeeded")
    ada.wait_for(order, "confirmed")

    def told(case):
        return case is not None and case["repairs"] and case["alerts"]

    case = swept(manager, lambda: manager.case("order_not_returned", order), told)
    assert case["severity"] == "critical"
    assert case["subject"] == {"type": "order", "id": order["order_id"]}
    assert "done" in {repair["outcome"] for repair in case["repairs"]}
    assert case["customer_message"]

    clerk.take_through(order, "accept")
    swept(manager, lambda: manager.case("order_not_returned", order), lambda c: c is None)
    closed = manager.get(f"/v1/ops/exceptions/{case['case_id']}")
    assert closed["status"] == "resolved"


@pytest.mark.parametrize(
    ("outcome", "status", "payment_status"),
    [
        ("duplicated", "confirmed", "paid"),
        ("out_of_order", "confirmed", "paid"),
        ("wrong_amount", "placed", "underpaid"),
        ("failed", "placed", "failed"),
    ],
)
def test_every_turn_a_payment_can_take_ends_in_one_state(
    ada, lines, outcome, status, payment_status
):
    order = ada.place(line_items=lines(index=6)).json
    ada.pay(order, outcome)

    found = until(lambda: ada.order(order), lambda o: o["payment_status"] == payment_status)
    assert found["status"] == status
    assert [e["version"] for e in found["events"]] == list(range(1, found["version"] + 1))


def test_too_little_money_opens_a_case(ada, manager, lines):
    order = ada.place(line_items=lines(index=7)).json
    ada.pay(order, "wrong_amount")
    until(lambda: ada.order(order), lambda o: o["payment_status"] == "underpaid")

    case = swept(manager, lambda: manager.case("payment_mismatch", order), bool)
    assert case["severity"] == "critical"


def test_a_declined_payment_can_be_paid_again(ada, lines):
    order = ada.place(line_items=lines(index=8)).json
    ada.pay(order, "failed")
    until(lambda: ada.order(order), lambda o: o["payment_status"] == "failed")
    ada.pay(order, "succeeded")

    paid = ada.wait_for(order, "confirmed")
    assert [payment["status"] for payment in paid["payments"]] == ["expired", "captured"]
