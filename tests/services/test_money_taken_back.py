"""What is given or claimed back at the provider, without anybody asking Docket."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.ids import fresh
from chalicelib.services import fulfillment, orders, refunds
from chalicelib.services.refunds import RefundRequest
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from tests.factories import CLERK, CUSTOMER, MANAGER, an_order_request, cny
from tests.services.sweeping import cases, make_queues, sweep_at


def now():
    return datetime.now(UTC)


@pytest.fixture
def order_id(stripe):
    placed = orders.place(an_order_request(), CUSTOMER, fresh("key"), language="en", now=now())
    return placed.file.order.order_id


@pytest.fixture
def paid(stripe, order_id):
    """The reference of an order's payment that Stripe took and told of."""
    reference = stripe.start(order_id).reference
    stripe.deliver(stripe.pay(reference))
    assert reload(order_id).order.status == "confirmed"
    return reference


def reload(order_id):
    return table.load_file(order_id)


def types_of(order_id):
    return [event.type for event in reload(order_id).events]


def sound():
    return check_invariants(now()) == []


def test_a_refund_made_in_the_dashboard_is_recorded_once(stripe, order_id, paid):
    event = stripe.refund(paid, 500)
    assert [stripe.deliver(event) for _ in range(3)] == [200, 200, 200]
    found = reload(order_id)
    assert (found.order.payment_status, found.order.refunded_minor) == ("partially_refunded", 500)
    assert [(r.amount, r.status, r.reason) for r in found.refunds] == [
        (cny(500), "succeeded", "made_at_provider")
    ]
    assert types_of(order_id).count("refund.succeeded") == 1
    assert found.order.refundable_minor == 1400


def test_a_refund_is_no_orphan_though_its_payment_was_not_heard_of_yet(stripe, order_id):
    reference = stripe.start(order_id).reference
    stripe.pay(reference)
    assert stripe.deliver(stripe.refund(reference, 1900)) == 200
    found = reload(order_id).order
    assert (found.status, found.payment_status) == ("confirmed", "refunded")


def test_a_refund_that_the_bank_sends_back_is_money_of_ours_again(stripe, order_id, paid):
    make_queues()
    granted = refunds.request(
        order_id, RefundRequest(reason="late", amount=cny(700)), MANAGER, "r-1", now()
    ).refund
    assert reload(order_id).order.refunded_minor == 700
    failed = stripe.refunds[granted.reference] | {
        "status": "failed", "failure_reason": "lost_or_stolen_card",
    }  # fmt: skip
    stripe.deliver(stripe.happened("refund.failed", failed))
    found = reload(order_id)
    assert found.refund(granted.refund_id).status == "failed"
    assert (found.order.payment_status, found.order.refundable_minor) == ("paid", 1900)

    sweep_at(at=now())
    (case,) = cases("refund_stuck", "open")
    assert "lost_or_stolen_card" in case.summary["en"]
    again = RefundRequest(reason="again", amount=cny(700))
    refunds.request(order_id, again, MANAGER, "r-2", now())
    sweep_at(at=now())
    assert cases("refund_stuck", "open") == []


def test_a_dispute_holds_the_money_and_calls_staff_with_the_deadline(stripe, order_id, paid):
    make_queues()
    assert stripe.deliver(stripe.dispute(paid, amount=1900)) == 200
    found = reload(order_id)
    assert (found.order.payment_status, found.order.disputed_minor) == ("disputed", 1900)
    (dispute,) = found.disputes
    assert (dispute.status, dispute.amount) == ("open", cny(1900))
    with pytest.raises(Conflict) as refused:
        refunds.request(order_id, RefundRequest(reason="twice"), MANAGER, "r-1", now())
    assert refused.value.code == "refund_exceeds_captured"

    sweep_at(at=now())
    (case,) = cases("payment_mismatch", "open")
    assert case.severity == "critical"
    assert f"{dispute.evidence_due_at:%Y-%m-%d %H:%M}" in case.summary["en"]


@pytest.mark.parametrize(
    ("outcome", "payment_status", "refundable"), [("won", "paid", 1900), ("lost", "refunded", 0)]
)
def test_a_dispute_ends_the_case_and_a_lost_one_is_money_gone(
    stripe, order_id, paid, outcome, payment_status, refundable
):
    make_queues()
    stripe.deliver(stripe.dispute(paid, amount=1900))
    sweep_at(at=now())
    stripe.deliver(stripe.dispute(paid, outcome, amount=1900))
    found = reload(order_id).order
    assert (found.payment_status, found.refundable_minor) == (payment_status, refundable)
    assert types_of(order_id)[-1] == "dispute.closed"
    sweep_at(at=now())
    assert cases("payment_mismatch", "open") == []
    assert sound()


def test_a_refund_on_purpose_is_not_due_again(stripe, order_id, paid):
    refunds.request(order_id, RefundRequest(reason="kind", amount=cny(300)), MANAGER, "r", now())
    assert reload(order_id).order.due_minor == 0
    for act in ("accept", "prepare", "ready", "complete"):
        fulfillment.perform(order_id, act, CLERK, now(), lambda _: None)
    assert reload(order_id).order.status == "completed"
    assert sound()


def test_what_names_nobody_known_is_kept(stripe, order_id, paid):
    assert stripe.deliver(stripe.refund("pi_999", 100)) == 200
    assert reload(order_id).order.refunded_minor == 0
