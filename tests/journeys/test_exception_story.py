"""What goes wrong is found, repaired and told, without anyone's help."""

import pytest

from tests.journeys.people import until


@pytest.fixture
def impatient(manager):
    """The rule speaks at once, and is put back afterwards."""
    before = manager.set_rule("order_not_returned", threshold_seconds=1)
    yield
    manager.set_rule("order_not_returned", threshold_seconds=before["threshold_seconds"])


def swept(manager, read, holds):
    """Sweep until it holds: the rules' second has to pass first."""

    def after_a_sweep():
        manager.sweep()
        return read()

    return until(after_a_sweep, holds)


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


def test_too_little_money_opens_a_case(ada, manager, lines):
    order = ada.place(line_items=lines(index=7)).json
    ada.pay(order, "wrong_amount")
    until(lambda: ada.order(order), lambda o: o["payment_status"] == "underpaid")

    case = swept(manager, lambda: manager.case("payment_mismatch", order), bool)
    assert case["severity"] == "critical"
