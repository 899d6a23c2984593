"""Money given back by staff: in full, in part, by line, from several payments, never twice."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.domain.errors import Conflict, InvalidInput, NotAllowed
from chalicelib.domain.ids import fresh
from chalicelib.domain.order_requests import EditRequest
from chalicelib.services import edits, orders, refund_drive, refunds
from chalicelib.services.refunds import RefundRequest
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, MANAGER, an_order_request, cny

SUPPORT = msgspec.structs.replace(MANAGER, id="staff-su", roles=frozenset({"support"}))


def now():
    return datetime.now(UTC)


def paid(stripe, **overrides):
    request = an_order_request(**overrides)
    placed = orders.place(request, CUSTOMER, fresh("key"), language="en", now=now())
    order_id = placed.file.order.order_id
    stripe.deliver(stripe.pay(stripe.start(order_id).reference))
    return order_id


def reload(order_id):
    return table.load_file(order_id)


def ask(order_id, key="r-1", caller=MANAGER, **wish):
    wish = msgspec.convert({"reason": "as agreed", **wish}, RefundRequest)
    return refunds.request(order_id, wish, caller, key, now())


def lines(*wanted):
    return [{"line_id": line_id, "quantity": quantity} for line_id, quantity in wanted]


def test_lines_come_to_their_share_and_all_of_them_to_the_total(stripe):
    order_id = paid(stripe, fulfillment={"type": "delivery", "address": {"line1": "1 Long Road"}})
    order = reload(order_id).order
    total = order.totals.total.amount_minor
    first = ask(order_id, "r-1", line_items=lines(("line_1", 1))).refund
    assert 350 <= first.amount.amount_minor <= 396  # with its share of the tax, without the fee
    assert [(line.line_id, line.quantity) for line in first.lines] == [("line_1", 1)]
    ask(order_id, "r-2", line_items=lines(("line_2", 1)))
    with pytest.raises(InvalidInput) as refused:
        ask(order_id, "r-3", line_items=lines(("line_1", 2)))
    assert refused.value.errors[0].pointer == "/line_items/0/quantity"
    ask(order_id, "r-4", line_items=lines(("line_1", 1)))
    found = reload(order_id).order
    assert (found.refunded_minor, found.payment_status) == (total, "refunded")
    assert sum(one["amount"] for one in stripe.refunds.values()) == total


def test_lines_above_what_is_left_are_refused_with_what_is(stripe):
    order_id = paid(stripe)
    ask(order_id, "r-1", amount={"amount_minor": 1800, "currency": "CNY"})
    with pytest.raises(Conflict) as refused:
        ask(order_id, "r-2", line_items=lines(("line_2", 1)))
    assert (
        refused.value.facts["refundable"]["amount_minor"] == reload(order_id).order.refundable_minor
    )


def test_a_refund_of_all_is_taken_from_every_payment(stripe):
    order_id = paid(stripe)
    first_total = reload(order_id).order.totals.total.amount_minor
    edit = {"line_items": [{"sku": "apple", "quantity": 2}, {"sku": "bread", "quantity": 2}]}
    edits.edit(order_id, msgspec.convert(edit, EditRequest), CUSTOMER, now(), lambda _: None)
    stripe.deliver(stripe.pay(stripe.start(order_id, key="pay-2").reference))
    total = reload(order_id).order.totals.total.amount_minor
    assert total > first_total
    granted = ask(order_id)
    assert (granted.refund.amount, granted.refund.status) == (cny(total), "succeeded")
    assert ask(order_id).replayed
    assert ask(order_id).refund.amount == cny(total)
    found = reload(order_id)
    assert sorted(refund.amount.amount_minor for refund in found.refunds) == sorted(
        (first_total, total - first_total)
    )
    assert found.order.payment_status == "refunded"
    assert check_invariants(now()) == []


def test_support_asks_a_manager_above_its_limit(stripe):
    order_id = paid(stripe, line_items=[{"sku": "bread", "quantity": 20}])
    with pytest.raises(NotAllowed) as refused:
        ask(order_id, caller=SUPPORT, amount={"amount_minor": 10_001, "currency": "CNY"})
    assert refused.value.code == "refund_above_limit"
    asked = ask(order_id, caller=SUPPORT, amount={"amount_minor": 10_000, "currency": "CNY"})
    assert asked.refund.status == "succeeded"
    with pytest.raises(NotAllowed):
        ask(order_id, "r-2", caller=SUPPORT)


def test_an_answer_that_was_lost_is_looked_up_and_never_tried_anew(stripe):
    """A day later the company has forgotten the idempotency key: asking comes first."""
    order_id = paid(stripe)
    stripe.loses_answers = True
    promised = ask(order_id, amount={"amount_minor": 500, "currency": "CNY"}).refund
    assert promised.status == "pending"
    assert len(stripe.refunds) == 1
    stripe.loses_answers = False
    for _ in range(3):
        driven = refund_drive.drive(order_id, promised.refund_id, now() + timedelta(hours=25))
    assert driven.status == "succeeded"
    assert len(stripe.refunds) == 1
    assert reload(order_id).order.refunded_minor == 500


def test_one_that_never_arrived_is_asked_for_under_its_one_id(stripe):
    order_id = paid(stripe)
    stripe.is_down = True
    promised = ask(order_id, amount={"amount_minor": 500, "currency": "CNY"}).refund
    assert (promised.status, stripe.refunds) == ("pending", {})
    assert reload(order_id).order.refundable_minor == 1400, "promised money counts"
    stripe.is_down = False
    later = now() + timedelta(minutes=1)
    assert refund_drive.drive(order_id, promised.refund_id, later).status == "succeeded"
    (made,) = stripe.refunds.values()
    assert made["metadata"]["refund_id"] == promised.refund_id


def test_a_dashboard_refund_that_is_pending_is_looked_up_and_never_made_again(stripe):
    order_id = paid(stripe)
    reference = reload(order_id).payments[0].reference
    stripe.deliver(stripe.refund(reference, 300, status="pending"))
    (pending,) = reload(order_id).refunds
    later = now() + timedelta(minutes=10)
    assert refund_drive.drive(order_id, pending.refund_id, later).status == "pending"
    stripe.refunds[pending.reference]["status"] = "succeeded"
    assert refund_drive.drive(order_id, pending.refund_id, later).status == "succeeded"
    assert len(stripe.refunds) == 1
