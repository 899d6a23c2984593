"""The sandbox company's money over real HTTP: payments, refunds, webhooks and kills."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.providers.base import (
    InvalidSignature,
    ProviderRefused,
    RawWebhook,
    RefundPayment,
    StartPayment,
)
from chalicelib.providers.sandbox import PROVIDER
from tests.providers.http_double import Answer, HttpDouble, until
from tests.providers.sandbox_process import PRICE, SandboxProcess, a_payment, pay, started


def a_refund(payment: StartPayment, minor: int, **changes) -> RefundPayment:
    terms = {
        "refund_id": fresh("ref"),
        "payment_id": payment.payment_id,
        "order_id": payment.order_id,
        "reference": "",
        "amount": Money(minor, "CNY"),
        "captured": payment.amount,
        "reason": "changed my mind",
        "webhook_url": payment.webhook_url,
    }
    return RefundPayment(**terms | changes)


def heard(docket, sandbox, payment: StartPayment):
    """The webhooks that came for a payment, each verified as it would have been on arrival."""
    events = []
    for asked in list(docket.asked):
        if payment.payment_id.encode() in asked.body:
            webhook = RawWebhook(asked.body, asked.headers)
            events.append(PROVIDER.verify(sandbox.secrets, webhook, datetime.now(UTC)))
    return events


def test_each_outcome_tells_docket_what_it_promises(docket, sandbox):
    expected = {
        "succeeded": [("payment.captured", 1299)],
        "failed": [("payment.failed", 1299)],
        "webhook_lost": [],
        "wrong_amount": [("payment.captured", 1298)],
        "duplicated": [("payment.captured", 1299)] * 3,
        "out_of_order": [("payment.captured", 1299), ("payment.pending", 1299)],
    }
    payments = {}
    for outcome in expected:
        payments[outcome], url = started(sandbox)
        answer = pay(url, outcome)
        assert (answer.status, answer.headers["Content-Type"]) == (
            200,
            "application/json; charset=utf-8",
        )
        assert answer.json()["status"] == ("declined" if outcome == "failed" else "captured")

    assert until(lambda: len(heard(docket, sandbox, payments["duplicated"])) == 3)
    assert until(lambda: len(heard(docket, sandbox, payments["out_of_order"])) == 2)

    for outcome, facts in expected.items():
        events = heard(docket, sandbox, payments[outcome])
        assert [(event.kind, event.amount.amount_minor) for event in events] == facts, outcome
        assert {event.order_id for event in events} <= {payments[outcome].order_id}
    assert len({event.event_id for event in heard(docket, sandbox, payments["duplicated"])}) == 1


def test_what_webhooks_did_not_tell_is_found_by_asking(sandbox):
    payment, url = started(sandbox)
    assert PROVIDER.ask(sandbox.secrets, payment.payment_id, None).kind == "payment.pending"
    pay(url, "webhook_lost")
    found = PROVIDER.ask(sandbox.secrets, payment.payment_id, None)
    again = PROVIDER.ask(sandbox.secrets, payment.payment_id, found.reference)
    assert (found.kind, found.amount, found.order_id) == (
        "payment.captured",
        PRICE,
        payment.order_id,
    )
    assert again == found


def test_a_declined_payment_can_be_paid_again(docket, sandbox):
    payment, url = started(sandbox)
    pay(url, "failed")
    assert PROVIDER.ask(sandbox.secrets, payment.payment_id, None).reason == "card_declined"
    assert pay(url, "succeeded").status == 200
    assert until(lambda: len(heard(docket, sandbox, payment)) == 2)
    assert PROVIDER.ask(sandbox.secrets, payment.payment_id, None).kind == "payment.captured"


def test_a_payment_started_twice_is_one_payment(sandbox):
    payment = a_payment()
    first = PROVIDER.start(sandbox.secrets, payment)
    assert PROVIDER.start(sandbox.secrets, payment) == first
    with pytest.raises(ProviderRefused, match="payment_id_used"):
        PROVIDER.start(
            sandbox.secrets, a_payment(payment_id=payment.payment_id, amount=Money(1, "CNY"))
        )


def test_what_is_paid_or_closed_cannot_be_paid(sandbox):
    _, paid_url = started(sandbox)
    pay(paid_url, "webhook_lost")
    closed, closed_url = started(sandbox)
    assert PROVIDER.close(sandbox.secrets, closed.payment_id, None).kind == "payment.expired"
    assert [pay(url, "succeeded").status for url in (paid_url, closed_url)] == [409, 409]


def test_closing_finds_the_buyer_who_was_faster(sandbox):
    payment, url = started(sandbox)
    pay(url, "webhook_lost")
    assert PROVIDER.close(sandbox.secrets, payment.payment_id, None).kind == "payment.captured"


def test_a_payment_closed_before_its_start_arrived_cannot_be_opened(sandbox):
    payment = a_payment()
    assert PROVIDER.ask(sandbox.secrets, payment.payment_id, None).kind == "payment.unknown"
    assert PROVIDER.close(sandbox.secrets, payment.payment_id, None).kind == "payment.expired"
    with pytest.raises(ProviderRefused):
        PROVIDER.start(sandbox.secrets, payment)


def test_refunds_are_idempotent_and_never_more_than_was_taken(docket, sandbox):
    payment, url = started(sandbox)
    pay(url, "webhook_lost")
    part = a_refund(payment, 1000)
    assert PROVIDER.ask_refund(sandbox.secrets, part).kind == "refund.unknown"
    first = PROVIDER.refund(sandbox.secrets, part)
    assert (first.kind, first.amount) == ("refund.succeeded", Money(1000, "CNY"))
    assert PROVIDER.refund(sandbox.secrets, part) == first
    assert PROVIDER.ask_refund(sandbox.secrets, part) == first
    with pytest.raises(ProviderRefused, match="refund_exceeds_captured"):
        PROVIDER.refund(sandbox.secrets, a_refund(payment, 300))
    PROVIDER.refund(sandbox.secrets, a_refund(payment, 299))
    assert until(lambda: len(heard(docket, sandbox, payment)) == 2)
    told = heard(docket, sandbox, payment)[0]
    assert (told.kind, told.refund_id, told.payment_id, told.order_id) == (
        "refund.succeeded",
        part.refund_id,
        payment.payment_id,
        payment.order_id,
    )


def test_nothing_is_given_back_of_what_was_not_paid(sandbox):
    payment, _ = started(sandbox)
    with pytest.raises(ProviderRefused, match="refund_exceeds_captured"):
        PROVIDER.refund(sandbox.secrets, a_refund(payment, 1))


def test_a_webhook_that_is_not_taken_is_sent_again_freshly_signed(tmp_path):
    with HttpDouble(lambda _: Answer(503)) as docket:
        docket.respond = lambda _: Answer(200 if len(docket.asked) > 2 else 503)
        process = SandboxProcess(tmp_path, docket.base)
        try:
            _, url = started(process)
            pay(url, "succeeded")
            assert until(lambda: len(docket.asked) == 3)
            assert len({asked.body for asked in docket.asked}) == 1
            last = RawWebhook(docket.asked[-1].body, docket.asked[-1].headers)
            assert PROVIDER.verify(process.secrets, last, datetime.now(UTC)).kind
            with pytest.raises(InvalidSignature):
                PROVIDER.verify(process.secrets, last, datetime.now(UTC) + timedelta(minutes=6))
        finally:
            process.stop()


def test_a_kill_loses_neither_money_nor_the_webhook_that_is_owed(tmp_path):
    with HttpDouble(lambda _: Answer(503)) as docket:
        process = SandboxProcess(tmp_path, docket.base)
        payment, url = started(process)
        pay(url, "succeeded")
        assert until(lambda: docket.asked)
        process.kill()
        docket.respond = lambda _: Answer(200)
        reborn = SandboxProcess(tmp_path, docket.base)
        try:
            assert reborn.secrets["secret_key"] == process.secrets["secret_key"]
            assert PROVIDER.ask(reborn.secrets, payment.payment_id, None).kind == "payment.captured"
            assert until(lambda: json.loads(docket.asked[-1].body) and len(docket.asked) > 1)
        finally:
            reborn.stop()
