"""Every payment company pays, declines, refunds, and loses its message, on the deployed stage."""

import pytest

from tests.journeys.people import until

WAYS = {
    "paypal": {"provider": "paypal", "method": "wallet"},
    "alipay page": {"provider": "alipay", "method": "wallet"},
    "alipay app": {"provider": "alipay", "method": "wallet", "device": "phone"},
    "alipay code": {"provider": "alipay", "method": "qr"},
    "wechat_pay": {"provider": "wechat_pay", "method": "qr"},
    "stripe": {"provider": "stripe", "method": "card"},
    "sandbox": {"provider": "sandbox", "method": "card"},
}
# One way for each company: what follows the payment is the same by its others.
OF_EACH_COMPANY = {way["provider"]: way for way in WAYS.values()}
# Whose buyer may go on trying on their page: the shop hears of money, or of the end.
SILENT_ABOUT_DECLINES = {"alipay"}


@pytest.fixture(params=OF_EACH_COMPANY)
def way(request):
    return OF_EACH_COMPANY[request.param]


@pytest.fixture
def impatient(manager):
    """Pending payments are asked about at once."""
    before = manager.set_rule("payment_stale", threshold_seconds=1)
    yield
    manager.set_rule("payment_stale", threshold_seconds=before["threshold_seconds"])


def types_of(order):
    return [event["type"] for event in order["events"]]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_paid_order_is_confirmed(ada, lines, way):
    order = ada.place(line_items=lines()).json
    payment = ada.pay(order, "succeeded", **way)
    paid = ada.wait_for(order, "confirmed", seconds=5)

    (known,) = paid["payments"]
    assert (known["payment_id"], known["provider"]) == (payment["payment_id"], way["provider"])
    assert (known["status"], paid["payment_status"]) == ("captured", "paid")


def test_a_declined_buyer_pays_again_on_the_same_order(ada, manager, lines, way, impatient):
    """Some tell of a failure, others have to be asked."""
    order = ada.place(line_items=lines(index=1)).json
    ada.pay(order, "failed", **way)
    told = "pending" if way["provider"] in SILENT_ABOUT_DECLINES else "failed"

    def after_a_sweep():
        manager.sweep()
        return ada.order(order)

    failed = until(after_a_sweep, lambda found: found["payment_status"] == told)
    assert failed["status"] == "placed"

    ada.pay(order, "succeeded", **way)
    paid = ada.wait_for(order, "confirmed")
    assert types_of(paid).count("payment.captured") == 1
    assert [payment["status"] for payment in paid["payments"]].count("captured") == 1


@pytest.mark.parametrize("outcome", ["duplicated", "out_of_order"])
def test_repeated_and_disordered_messages_take_the_money_once(ada, lines, way, outcome):
    order = ada.place(line_items=lines(index=2)).json
    ada.pay(order, outcome, **way)
    ada.wait_for(order, "confirmed")
    found = ada.order(order)
    assert types_of(found).count("payment.captured") == 1
    assert [event["version"] for event in found["events"]] == list(range(1, found["version"] + 1))


@pytest.mark.parametrize("outcome", ["webhook_lost", "badly_signed"])
def test_a_payment_whose_message_never_counts_is_found_by_asking(
    ada, manager, lines, way, impatient, outcome
):
    order = ada.place(line_items=lines(index=3)).json
    ada.pay(order, outcome, **way)

    def after_a_sweep():
        manager.sweep()
        return ada.order(order)

    found = until(after_a_sweep, lambda known: known["status"] == "confirmed")
    assert found["payment_status"] == "paid"


def test_money_goes_back_in_part_and_then_whole(ada, manager, lines, way):
    order = ada.place(line_items=lines(index=4)).json
    ada.pay(order, "succeeded", **way)
    paid = ada.wait_for(order, "confirmed")
    total = paid["totals"]["total"]

    path = f"/v1/ops/orders/{order['order_id']}/refunds"
    part = {"amount": {**total, "amount_minor": 100}, "reason": "one was bruised"}
    given = manager.send("POST", path, part, idempotency_key=f"part-{order['order_id']}")
    assert (given.status, given.json["status"] in {"succeeded", "pending"}) == (201, True)
    until(lambda: ada.order(order), lambda now: now["payment_status"] == "partially_refunded")

    canceled = ada.send("POST", f"/v1/orders/{order['order_id']}/cancel", {"reason": "no more"})
    assert canceled.status == 200, canceled.json
    back = until(lambda: ada.order(order), lambda known: known["payment_status"] == "refunded")
    returned = sum(refund["amount"]["amount_minor"] for refund in back["refunds"])
    assert returned == total["amount_minor"]


def test_money_of_a_wrong_amount_opens_a_case(ada, manager, lines, way):
    order = ada.place(line_items=lines(index=5)).json
    ada.pay(order, "wrong_amount", **way)
    until(lambda: ada.order(order), lambda known: known["payment_status"] == "underpaid")
    assert "payment.mismatched" in types_of(ada.order(order))
