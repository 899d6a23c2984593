"""Money in and back: whatever the provider sends, repeats or keeps to itself."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import urllib3

from chalicelib.domain.errors import Conflict, InvalidInput
from chalicelib.domain.ids import fresh
from chalicelib.domain.orders import Actor
from chalicelib.services import cancellations, fulfillment, orders, payments, refunds, webhooks
from chalicelib.services.refunds import RefundRequest
from chalicelib.store import orders as table
from tests.factories import CLERK, CUSTOMER, MANAGER, NOODLES, an_order_request, stock_of


def now():
    return datetime.now(UTC)


def unchecked(order):
    """The caller does not mind the version."""


@pytest.fixture
def order(cashier):
    return placed()


def placed(**overrides):
    request = an_order_request(**overrides)
    return orders.place(request, CUSTOMER, fresh("key"), language="en", now=now()).file.order


def reload(order):
    return table.load_file(order.order_id)


def types_of(order):
    return [event.type for event in reload(order).events]


def test_a_captured_payment_confirms_its_order(cashier, order):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "succeeded")
    replies = cashier.deliver(payment)

    assert [reply.status for reply in replies] == [200] * len(replies)
    paid = reload(order)
    assert (paid.order.status, paid.order.payment_status) == ("confirmed", "paid")
    assert types_of(order) == [
        "order.placed", "payment.pending", "payment.captured", "order.confirmed",
    ]  # fmt: skip
    assert [event.version for event in paid.events] == [1, 2, 3, 4]
    assert paid.order.expires_at is None


def test_a_code_that_its_provider_has_no_use_for_is_refused_and_leaves_no_trace(cashier, order):
    with pytest.raises(InvalidInput) as refused:
        cashier.start(order.order_id, payer_code="c")
    assert [error.pointer for error in refused.value.errors] == ["/payer_code"]
    assert reload(order).payments == ()


def test_the_company_leads_back_to_the_order_itself(cashier, order):
    payment = cashier.start(order.order_id)
    page = urllib3.request("GET", payment.next_action.url, retries=False)
    assert f"/#/o/{order.order_id}" in page.data.decode()


@pytest.mark.parametrize("outcome", ["duplicated", "out_of_order"])
def test_repeats_and_disorder_end_in_the_same_state(cashier, order, outcome):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, outcome)
    cashier.deliver(payment, 3 if outcome == "duplicated" else 2)

    assert types_of(order).count("payment.captured") == 1
    assert reload(order).order.payment_status == "paid"


def test_a_lost_webhook_is_made_up_for_by_asking(cashier, order):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "webhook_lost")

    assert payments.ask_provider(order.order_id, payment.payment_id, now())
    assert reload(order).order.status == "confirmed"
    assert not payments.ask_provider(order.order_id, payment.payment_id, now())


def test_a_declined_payment_can_be_paid_again(cashier, order):
    first = cashier.start(order.order_id)
    cashier.settle(first, "failed")
    cashier.deliver(first)
    assert reload(order).order.payment_status == "failed"

    second = cashier.start(order.order_id, key="pay-2")
    assert second.payment_id != first.payment_id
    cashier.settle(second, "succeeded")
    cashier.deliver(second)
    assert reload(order).order.status == "confirmed"


def test_too_little_money_is_told_and_confirms_nothing(cashier, order):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "wrong_amount")
    cashier.deliver(payment)

    found = reload(order).order
    assert (found.status, found.payment_status, found.due_minor) == ("placed", "underpaid", 1)
    assert "payment.mismatched" in types_of(order)


def test_starting_again_answers_with_the_open_payment(cashier, order):
    first = cashier.start(order.order_id)

    assert cashier.start(order.order_id).payment_id == first.payment_id
    assert cashier.start(order.order_id, key="another").payment_id == first.payment_id
    with pytest.raises(InvalidInput) as refused:
        cashier.start(order.order_id, method="qr")
    assert refused.value.code == "idempotency_key_reused"


def test_another_method_closes_the_older_payment_first(cashier, order):
    first = cashier.start(order.order_id)
    second = cashier.start(order.order_id, key="pay-2", method="qr")

    assert reload(order).payment(first.payment_id).status == "expired"
    assert reload(order).order.open_payment_id == second.payment_id


def test_money_that_comes_after_cancellation_goes_back(cashier, order):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "succeeded")
    raw = cashier.heard(payment)[0]
    closing = table.load_file(order.order_id)
    ended = msgspec.structs.replace(closing.order, open_payment_id=None)
    cancellations.end(
        closing,
        cancellations.domain.close(ended, "canceled", "test", Actor("system", "test"), now()),
        Actor("system", "test"),
        now(),
    )

    webhooks.receive("sandbox", raw, now())

    found = reload(order)
    assert (found.order.status, found.order.payment_status) == ("canceled", "refunded")
    assert [refund.status for refund in found.refunds] == ["succeeded"]
    assert stock_of("apple") == (500, 0, 0)


def test_canceling_a_paid_order_gives_the_money_back(cashier, order):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "succeeded")
    cashier.deliver(payment)

    cancellations.cancel(order.order_id, "changed my mind", CUSTOMER, now(), unchecked)

    found = reload(order).order
    assert (found.status, found.payment_status) == ("canceled", "refunded")
    assert found.refunded_minor == found.captured_minor == 1900


def test_an_unpaid_order_expires_only_in_time_and_frees_its_stock(cashier, order):
    payment = cashier.start(order.order_id)
    system = Actor("system", "system:payment_stale")

    assert not cancellations.expire(order.order_id, system, now())
    assert cancellations.expire(order.order_id, system, now() + timedelta(minutes=20))
    found = reload(order)
    assert found.order.status == "canceled"
    assert found.payment(payment.payment_id).status == "expired"
    assert stock_of("apple") == (500, 0, 0)


def test_an_order_paid_at_the_last_moment_does_not_expire(cashier, order):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "webhook_lost")
    system = Actor("system", "system:payment_stale")

    assert not cancellations.expire(order.order_id, system, now() + timedelta(minutes=20))
    assert reload(order).order.status == "confirmed"


def test_a_paid_order_goes_through_all_steps_of_staff(cashier, order):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "succeeded")
    cashier.deliver(payment)

    for act in ("accept", "prepare", "ready", "complete"):
        fulfillment.perform(order.order_id, act, CLERK, now(), unchecked)

    found = reload(order).order
    assert (found.status, found.fulfillment_status) == ("completed", "picked_up")
    assert stock_of("apple") == (498, 0, 2)


def test_a_wrong_step_names_the_allowed_ones(cashier, order):
    with pytest.raises(Conflict) as refused:
        fulfillment.perform(order.order_id, "ready", CLERK, now(), unchecked)
    assert refused.value.code == "invalid_transition"
    assert refused.value.facts["allowed"] == ["cancel"]


def test_refunds_are_bounded_by_what_was_captured(cashier, order):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "succeeded")
    cashier.deliver(payment)
    half = RefundRequest(
        reason="half", amount=msgspec.structs.replace(order.totals.total, amount_minor=1000)
    )

    granted = refunds.request(order.order_id, half, MANAGER, "r-1", now())
    assert granted.refund.status == "succeeded"
    assert refunds.request(order.order_id, half, MANAGER, "r-1", now()).replayed
    with pytest.raises(Conflict) as refused:
        refunds.request(order.order_id, half, MANAGER, "r-2", now())
    assert refused.value.code == "refund_exceeds_captured"
    assert refused.value.facts["refundable"] == {"amount_minor": 900, "currency": "CNY"}
    assert reload(order).order.payment_status == "partially_refunded"


def test_paying_on_site_confirms_and_completing_waits_for_the_money(cashier):
    order = placed(store_id=NOODLES, fulfillment={"type": "dine_in", "table": "A1"})
    payment = cashier.start(order.order_id, provider="on_site", method="on_site")
    assert payment.next_action.type == "none"
    assert reload(order).order.payment_status == "unpaid"
    for act in ("accept", "prepare", "ready"):
        fulfillment.perform(order.order_id, act, CLERK, now(), unchecked)

    with pytest.raises(Conflict) as refused:
        fulfillment.perform(order.order_id, "complete", CLERK, now(), unchecked)
    assert refused.value.code == "payment_due"

    fulfillment.collect(order.order_id, CLERK, now(), unchecked)
    done = fulfillment.perform(order.order_id, "complete", CLERK, now(), unchecked).order
    assert (done.status, done.payment_status, done.fulfillment_status) == (
        "completed", "paid", "served",
    )  # fmt: skip


def test_who_was_to_pay_on_site_and_pays_online_has_one_open_payment(cashier):
    order = placed(store_id=NOODLES, fulfillment={"type": "dine_in", "table": "A1"})
    cashier.start(order.order_id, provider="on_site", method="on_site")
    payment = cashier.start(order.order_id, key="pay-2")
    assert [one.status for one in reload(order).payments] == ["canceled", "pending"]
    cashier.settle(payment, "succeeded")
    cashier.deliver(payment)
    assert reload(order).order.payment_status == "paid"


def test_a_forged_webhook_leaves_nothing(cashier, order):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "succeeded")
    raw = cashier.heard(payment)[0]
    forged = msgspec.structs.replace(raw, body=raw.body.replace(b"captured", b"Captured", 1))

    reply = webhooks.receive("sandbox", forged, now())

    assert reply.status == 401
    assert types_of(order) == ["order.placed", "payment.pending"]


def test_after_acceptance_canceling_is_a_request_to_staff(cashier, order):
    payment = cashier.start(order.order_id)
    cashier.settle(payment, "succeeded")
    cashier.deliver(payment)
    fulfillment.perform(order.order_id, "accept", CLERK, now(), unchecked)

    asked = cancellations.cancel(order.order_id, "changed my mind", CUSTOMER, now(), unchecked)
    assert asked.order.status == "accepted"
    assert asked.events[-1].type == "order.cancel_requested"
    ended = cancellations.cancel(order.order_id, "as asked", CLERK, now(), unchecked)
    assert (ended.order.status, ended.order.payment_status) == ("canceled", "refunded")
