"""Our side of Stripe against a Stripe that others wrote, and against Stripe's own client."""

import os
import subprocess
from datetime import UTC, datetime

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
from chalicelib.providers.stripe import PROVIDER
from tests.providers.http_double import until
from tests.providers.localstripe_process import BAD_CARD, GOOD_CARD, KEY, ROOT

CLI = ROOT / "node_modules" / ".bin" / "stripe"


def started(secrets, minor=1299):
    payment = StartPayment(
        payment_id=fresh("pay"),
        order_id=fresh("ord"),
        order_number="22-K7MQ4",
        method="card",
        amount=Money(minor, "CNY"),
        return_url="",
        webhook_url="",
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
        language="en",
    )
    return payment, PROVIDER.start(secrets, payment)


def heard(docket, secrets, reference):
    return [
        PROVIDER.verify(secrets, RawWebhook(asked.body, asked.headers), datetime.now(UTC))
        for asked in list(docket.asked)
        if reference.encode() in asked.body
    ]


def test_a_payment_is_started_paid_told_found_and_given_back(docket, stripe, secrets):
    payment, begun = started(secrets)
    assert begun.next_action.client_secret.startswith(f"{begun.reference}_secret_")
    pending = PROVIDER.ask(secrets, payment.payment_id, begun.reference)
    assert (pending.kind, pending.payment_id) == ("payment.pending", payment.payment_id)

    stripe.pay(begun.reference, GOOD_CARD)
    assert until(lambda: heard(docket, secrets, begun.reference))
    (told,) = heard(docket, secrets, begun.reference)
    found = PROVIDER.ask(secrets, payment.payment_id, begun.reference)
    for event in (told, found):
        assert (event.kind, event.order_id, event.payment_id, event.amount) == (
            "payment.captured", payment.order_id, payment.payment_id, payment.amount,
        )  # fmt: skip

    closed = PROVIDER.close(secrets, payment.payment_id, begun.reference)
    assert closed.kind == "payment.captured"
    refund = RefundPayment(
        refund_id=fresh("ref"),
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        reference=begun.reference,
        amount=Money(1000, "CNY"),
        captured=payment.amount,
        reason="cold",
        webhook_url=payment.webhook_url,
    )
    assert PROVIDER.ask_refund(secrets, refund).kind == "refund.unknown"
    given = PROVIDER.refund(secrets, refund)
    assert (given.kind, given.refund_id, given.amount) == (
        "refund.succeeded", refund.refund_id, refund.amount,
    )  # fmt: skip
    assert PROVIDER.ask_refund(secrets, refund) == given


def test_a_declined_card_is_told_and_found(docket, stripe, secrets):
    payment, begun = started(secrets)
    stripe.pay(begun.reference, BAD_CARD)
    assert until(lambda: heard(docket, secrets, begun.reference))
    (told,) = heard(docket, secrets, begun.reference)
    found = PROVIDER.ask(secrets, payment.payment_id, begun.reference)
    assert (told.kind, found.kind) == ("payment.failed", "payment.failed")
    assert told.reason == found.reason == "card_declined"


def test_a_closed_payment_cannot_be_paid(stripe, secrets):
    payment, begun = started(secrets)
    closed = PROVIDER.close(secrets, payment.payment_id, begun.reference)
    assert closed.kind == "payment.expired"
    assert "error" in stripe.pay(begun.reference, GOOD_CARD)
    again = PROVIDER.close(secrets, payment.payment_id, begun.reference)
    assert again.kind == "payment.expired"


def test_what_it_never_heard_of_is_unknown_and_what_it_cannot_take_is_refused(secrets):
    assert PROVIDER.ask(secrets, "pay_never", "pi_never").kind == "payment.unknown"
    assert PROVIDER.ask(secrets, "pay_never", None).kind == "payment.unknown"
    with pytest.raises(ProviderRefused):
        started(secrets, minor=0)


def test_a_webhook_triggered_by_stripe_s_own_client_is_genuine(docket, stripe, secrets, tmp_path):
    if not CLI.exists():
        pytest.fail("the Stripe CLI is not there: npm ci --ignore-scripts")
    command = [
        CLI, "trigger", "payment_intent.succeeded", "--api-key", KEY, "--api-base", stripe.base,
        "--remove", "payment_intent:shipping", "--remove", "payment_intent:description",
        "--add", "payment_intent:metadata[order_id]=ord_cli",
        "--add", "payment_intent:metadata[payment_id]=pay_cli",
    ]  # fmt: skip
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path), "DO_NOT_TRACK": "1"}
    run = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert until(lambda: heard(docket, secrets, "pay_cli")), run.stdout
    (event,) = heard(docket, secrets, "pay_cli")
    assert (event.kind, event.order_id, event.payment_id) == (
        "payment.captured", "ord_cli", "pay_cli",
    )  # fmt: skip
    with pytest.raises(InvalidSignature):
        heard(docket, {"webhook_secrets": ["whsec_old"]}, "pay_cli")
