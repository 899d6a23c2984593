"""Money by PayPal is taken in two calls: whichever a function dies at, it is taken once."""

import pytest

from chalicelib.domain.ids import fresh
from chalicelib.domain.payment_requests import PaymentRequest
from chalicelib.services import payments, webhooks
from chalicelib.store import orders as table
from tests.factories import CUSTOMER
from tests.paypal_company import running_paypal
from tests.reliability.test_crash_everywhere import everywhere, now, placed

WAY = PaymentRequest(provider="paypal", method="wallet")


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    with running_paypal(tmp_path_factory.mktemp("companies")) as company:
        yield company


@pytest.fixture
def company(shop, process):
    process.give_secrets()
    return process


def approved(company, outcome):
    order = placed(allow_duplicate=True)
    payment = payments.start(order.order_id, WAY, CUSTOMER, fresh("key"), now()).payment
    company.approve(payment, outcome)
    return payment


def is_paid_once(payment):
    file = table.load_file(payment.order_id)
    assert [event.type for event in file.events].count("payment.captured") == 1
    assert file.order.captured_minor == payment.amount.amount_minor
    assert file.order.status == "confirmed"


def test_a_webhook_of_an_approval(company):
    def prepare():
        payment = approved(company, "succeeded")
        return payment, company.heard(payment, 1)[0]

    def act(prepared):
        webhooks.receive("paypal", prepared[1], now())

    everywhere(prepare, act, lambda prepared: is_paid_once(prepared[0]))


def test_asking_where_no_webhook_came(company):
    def act(payment):
        payments.ask_provider(payment.order_id, payment.payment_id, now())

    everywhere(lambda: approved(company, "webhook_lost"), act, is_paid_once)


def test_starting(company):
    def prepare():
        return placed(allow_duplicate=True), fresh("key")

    def act(prepared):
        payments.start(prepared[0].order_id, WAY, CUSTOMER, prepared[1], now())

    def check(prepared):
        (payment,) = table.load_file(prepared[0].order_id).payments
        assert payment.next_action.url
        company.approve(payment)

    everywhere(prepare, act, check)
