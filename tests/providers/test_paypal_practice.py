"""Our PayPal against the practice PayPal, over real HTTP: approve, capture, refund, webhooks."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import urllib3

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.providers.base import (
    InvalidSignature,
    ProviderRefused,
    RawWebhook,
    RefundPayment,
    StartPayment,
)
from chalicelib.providers.paypal import PROVIDER
from tests.providers.counterparts_process import CounterpartsProcess
from tests.providers.http_double import until

PRICE = Money(1299, "USD")


@pytest.fixture(scope="module")
def secrets(docket, tmp_path_factory):
    process = CounterpartsProcess(tmp_path_factory.mktemp("companies"), docket)
    yield process.secrets["paypal"]
    assert process.stop() == 0


def a_payment(**changes):
    terms = {
        "payment_id": fresh("pay"),
        "order_id": fresh("ord"),
        "order_number": "22-K7MQ4",
        "method": "wallet",
        "amount": PRICE,
        "return_url": "http://127.0.0.1:8000/#/o/1",
        "webhook_url": "",
        "expires_at": datetime.now(UTC) + timedelta(minutes=15),
        "language": "zh-CN",
    }
    return StartPayment(**terms | changes)


def started(secrets, outcome=None, **changes):
    payment = a_payment(**changes)
    begun = PROVIDER.start(secrets, payment)
    if outcome:
        answer = urllib3.request("POST", begun.next_action.url, json={"outcome": outcome})
        assert answer.status == 200, answer.data
    return payment, begun.reference


def a_refund(payment, reference, minor, **changes):
    terms = {
        "refund_id": fresh("ref"),
        "payment_id": payment.payment_id,
        "order_id": payment.order_id,
        "reference": reference,
        "amount": Money(minor, payment.amount.currency),
        "captured": payment.amount,
        "reason": "",
        "webhook_url": "",
    }
    return RefundPayment(**terms | changes)


def ask(secrets, payment, reference):
    return PROVIDER.ask(secrets, payment.payment_id, reference)


def capture(secrets, payment, reference):
    return PROVIDER.capture(secrets, payment.payment_id, reference)


def heard(docket, payment):
    return [
        RawWebhook(asked.body, asked.headers)
        for asked in list(docket.asked)
        if payment.payment_id.encode() in asked.body
    ]


def test_an_approval_is_no_money_until_it_is_captured(secrets):
    payment, reference = started(secrets)
    assert ask(secrets, payment, reference).kind == "payment.pending"
    payment, reference = started(secrets, "succeeded")
    assert ask(secrets, payment, reference).kind == "payment.approved"
    taken = capture(secrets, payment, reference)
    assert (taken.kind, taken.amount) == ("payment.captured", PRICE)
    assert (taken.order_id, taken.payment_id) == (payment.order_id, payment.payment_id)
    assert ask(secrets, payment, reference) == taken


def test_capturing_again_takes_nothing_and_finds_the_same(secrets):
    payment, reference = started(secrets, "succeeded")
    assert capture(secrets, payment, reference) == capture(secrets, payment, reference)


def test_a_declined_card_is_a_failed_payment_that_can_be_paid_again(secrets):
    payment, reference = started(secrets, "failed")
    failed = capture(secrets, payment, reference)
    assert (failed.kind, failed.reason) == ("payment.failed", "instrument_declined")
    url = PROVIDER.start(secrets, payment).next_action.url
    assert urllib3.request("POST", url, json={"outcome": "succeeded"}).status == 200
    assert capture(secrets, payment, reference).kind == "payment.captured"


def test_what_nobody_approved_cannot_be_captured(secrets):
    payment, reference = started(secrets)
    assert capture(secrets, payment, reference).kind == "payment.failed"


def test_a_payment_started_twice_is_one_order(secrets):
    payment = a_payment()
    first = PROVIDER.start(secrets, payment)
    assert PROVIDER.start(secrets, payment) == first
    dearer = msgspec.structs.replace(payment, amount=Money(1, "USD"))
    with pytest.raises(ProviderRefused, match="PAYMENT_ID_USED"):
        PROVIDER.start(secrets, dearer)


@pytest.mark.parametrize(
    ("amount", "value"),
    [
        (Money(1299, "CNY"), 1299),
        (Money(1, "EUR"), 1),
        (Money(1299, "JPY"), 1299),
        (Money(129900, "HUF"), 129900),
        (Money(500, "TWD"), 500),
    ],
    ids=str,
)
def test_amounts_arrive_as_they_were_sent(secrets, amount, value):
    payment, reference = started(secrets, "succeeded", amount=amount)
    assert capture(secrets, payment, reference).amount == Money(value, amount.currency)


@pytest.mark.parametrize("currency", ["HUF", "TWD"])
def test_an_amount_that_paypal_cannot_write_is_refused_before_it_is_asked(secrets, currency):
    with pytest.raises(ProviderRefused, match="whole units"):
        PROVIDER.start(secrets, a_payment(amount=Money(1299, currency)))


def test_closing_leaves_an_approval_alone_and_finds_what_was_captured(secrets):
    payment, reference = started(secrets, "succeeded")
    assert PROVIDER.close(secrets, payment.payment_id, reference).kind == "payment.expired"
    assert ask(secrets, payment, reference).kind == "payment.approved"
    capture(secrets, payment, reference)
    assert PROVIDER.close(secrets, payment.payment_id, reference).kind == "payment.captured"
    assert PROVIDER.close(secrets, fresh("pay"), None).kind == "payment.expired"


def test_refunds_are_idempotent_and_never_more_than_was_taken(secrets):
    payment, reference = started(secrets, "succeeded")
    with pytest.raises(ProviderRefused, match="NOTHING_CAPTURED"):
        PROVIDER.refund(secrets, a_refund(payment, reference, 1))
    capture(secrets, payment, reference)
    part = a_refund(payment, reference, 1000)
    assert PROVIDER.ask_refund(secrets, part).kind == "refund.unknown"
    first = PROVIDER.refund(secrets, part)
    assert (first.kind, first.amount, first.refund_id) == (
        "refund.succeeded", Money(1000, "USD"), part.refund_id,
    )  # fmt: skip
    assert PROVIDER.refund(secrets, part) == first == PROVIDER.ask_refund(secrets, part)
    with pytest.raises(ProviderRefused, match="REFUND_EXCEEDS_CAPTURED"):
        PROVIDER.refund(secrets, a_refund(payment, reference, 300))
    assert PROVIDER.refund(secrets, a_refund(payment, reference, 299)).kind == "refund.succeeded"
    assert ask(secrets, payment, reference).kind == "payment.captured"


def test_a_refund_made_on_paypals_site_is_found_by_its_own_id(secrets):
    payment, reference = started(secrets, "succeeded")
    capture(secrets, payment, reference)
    given = PROVIDER.refund(secrets, a_refund(payment, reference, 1000))
    theirs = a_refund(payment, reference, 1, refund_id="", refund_reference=given.refund_reference)
    assert PROVIDER.ask_refund(secrets, theirs).amount == Money(1000, "USD")


def test_its_webhooks_are_signed_and_tell_the_whole_story(docket, secrets):
    payment, reference = started(secrets, "succeeded")
    assert until(lambda: len(heard(docket, payment)) == 1)
    capture(secrets, payment, reference)
    assert until(lambda: len(heard(docket, payment)) == 2)
    PROVIDER.refund(secrets, a_refund(payment, reference, 500))
    assert until(lambda: len(heard(docket, payment)) == 3)
    told = [PROVIDER.verify(secrets, raw, datetime.now(UTC)) for raw in heard(docket, payment)]
    assert [event.kind for event in told] == [
        "payment.approved", "payment.captured", "refund.succeeded",
    ]  # fmt: skip
    assert all(event.ask_first and event.payment_id == payment.payment_id for event in told)


@pytest.mark.parametrize(("outcome", "count"), [("duplicated", 3), ("badly_signed", 1)])
def test_it_repeats_and_signs_wrongly_on_demand(docket, secrets, outcome, count):
    payment, _ = started(secrets, outcome)
    assert until(lambda: len(heard(docket, payment)) == count)
    for raw in heard(docket, payment):
        if outcome == "duplicated":
            assert PROVIDER.verify(secrets, raw, datetime.now(UTC)).kind == "payment.approved"
        else:
            with pytest.raises(InvalidSignature):
                PROVIDER.verify(secrets, raw, datetime.now(UTC))


def test_a_lost_message_is_made_up_for_by_asking(docket, secrets):
    payment, reference = started(secrets, "webhook_lost")
    assert capture(secrets, payment, reference).kind == "payment.captured"
    assert not until(lambda: heard(docket, payment), 0.5)


def test_wrong_credentials_say_nothing_about_the_payment(secrets):
    payment, reference = started(secrets)
    with pytest.raises(Unavailable):
        ask(secrets | {"client_secret": "wrong"}, payment, reference)


def test_a_token_that_is_no_longer_accepted_is_replaced(secrets):
    from chalicelib.providers import _paypal_token

    payment, reference = started(secrets)
    (who,) = [who for who in _paypal_token._kept if who[2] == secrets["client_secret"]]
    _paypal_token._kept[who] = ("revoked", _paypal_token._kept[who][1])
    with pytest.raises(Unavailable):
        ask(secrets, payment, reference)
    assert ask(secrets, payment, reference).kind == "payment.pending"
