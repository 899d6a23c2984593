"""Money by PayPal: approved, captured by us, and believed only when PayPal itself says so."""

from datetime import UTC, datetime, timedelta

import pytest

from bench.meter import Meter
from bench.write_units import Ledger
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import fresh
from chalicelib.domain.payment_requests import PaymentRequest
from chalicelib.providers.paypal import PROVIDER
from chalicelib.services import event_pass, orders, payments, refunds, webhooks
from chalicelib.services.refunds import RefundRequest
from chalicelib.store import orders as table
from chalicelib.store import webhook_inbox
from tests import tables
from tests.environment import SETTINGS
from tests.factories import CUSTOMER, MANAGER, an_order_request
from tests.paypal_company import running_paypal

WAY = PaymentRequest(provider="paypal", method="wallet")


def now():
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    with running_paypal(tmp_path_factory.mktemp("companies")) as company:
        yield company


@pytest.fixture
def company(shop, process):
    process.give_secrets()
    return process


@pytest.fixture
def order(company):
    request = an_order_request()
    return orders.place(request, CUSTOMER, fresh("key"), language="en", now=now()).file.order


@pytest.fixture
def payment(order):
    return payments.start(order.order_id, WAY, CUSTOMER, fresh("key"), now()).payment


def test_an_approval_nobody_told_of_is_found_in_the_list_of_events(company, order, payment):
    company.approve(payment, "webhook_lost")
    moment = now() + timedelta(minutes=2)
    done = event_pass.pass_over("paypal", lambda: moment, moment + timedelta(seconds=60))
    assert done.complete
    found = reload(order).order
    assert (found.status, found.payment_status) == ("confirmed", "paid")
    listed = PROVIDER.list_events(company.secrets, None, moment).told
    ours = [one.event for one in listed if one.event.payment_id == payment.payment_id]
    assert {one.kind for one in ours} == {"payment.approved", "payment.captured"}
    assert webhook_inbox.find("paypal", ours[0].event_id).verdict == "applied"


def deliver(raw):
    return webhooks.receive("paypal", raw, now()).status


def reload(order):
    return table.load_file(order.order_id)


def test_an_approval_is_captured_and_confirms_the_order(company, order, payment):
    company.approve(payment)
    assert deliver(company.heard(payment, 1)[0]) == 200
    paid = reload(order).order
    assert (paid.status, paid.payment_status) == ("confirmed", "paid")


def test_every_webhook_of_a_life_may_come_twice_and_backwards(company, order, payment):
    company.approve(payment)
    deliver(company.heard(payment, 1)[0])
    told = company.heard(payment, 2)
    assert [deliver(raw) for raw in [*reversed(told), *told]] == [200] * 4
    types = [event.type for event in reload(order).events]
    assert types.count("payment.captured") == types.count("order.confirmed") == 1


def captured_event(order, payment):
    return {
        "id": f"WH-{fresh('x')}",
        "event_type": "PAYMENT.CAPTURE.COMPLETED",
        "create_time": "2026-11-22T09:31:00Z",
        "resource": {
            "id": "3C679366HH908993F",
            "status": "COMPLETED",
            "amount": {"currency_code": "CNY", "value": payment.amount.decimal()},
            "custom_id": f"{order.order_id}/{payment.payment_id}",
        },
    }


def test_a_signed_word_about_money_that_paypal_does_not_have_changes_nothing(
    company, order, payment
):
    event = captured_event(order, payment)
    assert deliver(company.sign(event)) == 200
    assert reload(order).order.payment_status == "pending"
    assert webhook_inbox.find("paypal", event["id"]).verdict == "nothing_new"


def test_an_event_about_a_payment_of_somebody_else_is_an_orphan(company, order, payment):
    event = captured_event(order, payment)
    event["resource"]["custom_id"] = f"{fresh('ord')}/{payment.payment_id}"
    assert deliver(company.sign(event)) == 200
    assert webhook_inbox.find("paypal", event["id"]).verdict == "orphan"


def test_killed_between_capture_and_writing_it_down_the_next_delivery_finds_it(
    company, order, payment
):
    company.approve(payment)
    PROVIDER.capture(company.secrets, payment.payment_id, payment.reference)
    deliver(company.heard(payment, 1)[0])
    assert reload(order).order.payment_status == "paid"


def test_a_lost_webhook_is_made_up_for_by_asking_which_captures(company, order, payment):
    company.approve(payment, "webhook_lost")
    assert payments.ask_provider(order.order_id, payment.payment_id, now())
    assert reload(order).order.status == "confirmed"
    assert not payments.ask_provider(order.order_id, payment.payment_id, now())


def test_a_payment_that_ended_here_is_not_captured_any_more(company, order, payment):
    company.approve(payment)
    payments.close(order.order_id, payment, now() + timedelta(hours=1))
    assert reload(order).payment(payment.payment_id).status == "expired"
    assert deliver(company.heard(payment, 1)[0]) == 200
    asked = PROVIDER.ask(company.secrets, payment.payment_id, payment.reference)
    assert asked.kind == "payment.approved"
    assert reload(order).order.captured_minor == 0


def test_a_declined_buyer_approves_again_on_the_same_page(company, order, payment):
    company.approve(payment, "failed")
    deliver(company.heard(payment, 1)[0])
    failed = reload(order)
    assert failed.order.payment_status == "failed"
    assert failed.payment(payment.payment_id).failure_reason == "instrument_declined"
    company.approve(payment)
    deliver(company.heard(payment, 2)[1])
    assert reload(order).order.payment_status == "paid"


def test_a_refund_is_given_once_and_its_webhook_says_nothing_new(company, order, payment):
    company.approve(payment)
    deliver(company.heard(payment, 1)[0])
    wish = RefundRequest(reason="bruised")
    made = refunds.request(order.order_id, wish, MANAGER, fresh("key"), now())
    assert made.refund.status == "succeeded"
    for raw in company.heard(payment, 3):
        deliver(raw)
    after = reload(order).order
    assert after.refunded_minor == after.captured_minor == payment.amount.amount_minor


def test_a_webhook_costs_one_read_and_one_write(company, order, payment):
    company.approve(payment)
    (raw,) = company.heard(payment, 1)
    meter = Meter(Ledger({SETTINGS[f"DOCKET_{n}"]: d for n, d in tables.definitions().items()}))
    with meter.running(), meter.measured() as usage:
        deliver(raw)
    assert usage.call_count == 2, usage.calls


def test_choosing_another_company_closes_this_one_first(company, order, payment):
    way = PaymentRequest(provider="alipay", method="qr", device="desktop")
    other = payments.start(order.order_id, way, CUSTOMER, fresh("key"), now()).payment

    file = reload(order)
    assert file.payment(payment.payment_id).status == "expired"
    assert file.order.open_payment_id == other.payment_id
    company.approve(payment)
    deliver(company.heard(payment, 1)[0])
    assert reload(order).order.captured_minor == 0


@pytest.mark.parametrize(
    "wish",
    [{"method": "card"}, {"method": "wallet", "device": "watch"}],
    ids=["a method of others", "a device that cannot"],
)
def test_what_paypal_is_not_offered_for_is_refused(company, order, wish):
    way = PaymentRequest(provider="paypal", **wish)
    with pytest.raises(InvalidInput) as refused:
        payments.start(order.order_id, way, CUSTOMER, fresh("key"), now())
    assert refused.value.code == "provider_not_offered"
    assert reload(order).payments == ()
