"""A refund that WeChat Pay cannot finish by itself: staff are called, act there, and it ends."""

import pytest

from chalicelib.domain.ids import fresh
from tests.journeys.people import until


@pytest.fixture
def impatient(manager):
    """Refunds that are not at their end are a case at once."""
    before = manager.set_rule("refund_stuck", threshold_seconds=1)
    yield
    manager.set_rule("refund_stuck", threshold_seconds=before["threshold_seconds"])


def test_staff_are_called_to_a_hindered_refund_until_it_is_done(ada, manager, lines, impatient):
    order = ada.place(line_items=lines(index=6)).json
    payment = ada.pay(order, "succeeded", provider="wechat_pay", method="qr")
    ada.wait_for(order, "confirmed")
    console = f"/_local/wechat_pay/practice/{payment['payment_id']}/refunds"
    assert manager.send("POST", console, {"outcome": "abnormal"}).status == 200

    wish, path = {"reason": "cold"}, f"/v1/ops/orders/{order['order_id']}/refunds"
    assert manager.send("POST", path, wish, idempotency_key=fresh("key")).status == 201

    def after_a_sweep():
        manager.sweep()
        return manager.case("refund_stuck", order)

    case = until(after_a_sweep, lambda found: found and "ABNORMAL" in found["summary"])
    assert (case["severity"], case["cause"]) == ("critical", "outside")
    assert ada.order(order)["refunds"][0]["status"] == "pending"

    assert manager.send("POST", console, {"outcome": "succeeded"}).status == 200
    until(lambda: ada.order(order), lambda found: found["payment_status"] == "refunded")
    until(after_a_sweep, lambda found: found is None)
    types = [event["type"] for event in ada.order(order)["events"]]
    assert types.count("refund.hindered") == types.count("refund.succeeded") == 1
