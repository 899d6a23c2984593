"""What Stripe's events mean to Docket, with events signed by Stripe's own SDK."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import msgspec
import pytest

from chalicelib.domain.money import Money
from chalicelib.providers.base import InvalidSignature, ProviderRefused, RawWebhook
from chalicelib.providers.stripe import PROVIDER
from tests.contract.provider_counterpart import START
from tests.contract.provider_samples import stripe as sample
from tests.providers.http_double import Answer, HttpDouble

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SECRETS = sample.secrets("http://127.0.0.1:9")
VECTORS = Path(__file__).parents[3] / "shared" / "vectors"


def heard(kind, thing):
    body = json.dumps(sample.event(kind, thing))
    return PROVIDER.verify(SECRETS, sample.signed(body, NOW), NOW)


@pytest.mark.parametrize(
    ("kind", "status", "meaning"),
    [
        ("payment_intent.created", "requires_payment_method", None),
        ("payment_intent.requires_action", "requires_action", "payment.pending"),
        ("payment_intent.processing", "processing", "payment.pending"),
        ("payment_intent.amount_capturable_updated", "requires_capture", "payment.authorized"),
        ("payment_intent.succeeded", "succeeded", "payment.captured"),
        ("payment_intent.payment_failed", "requires_payment_method", "payment.failed"),
        ("payment_intent.canceled", "canceled", "payment.expired"),
        ("payment_intent.partially_funded", "requires_action", None),
    ],
)
def test_an_intent_s_events_are_the_payment_s(kind, status, meaning):
    event = heard(kind, sample.intent(status))
    assert (event.kind, event.raw_type) == (meaning, kind)
    if meaning:
        assert (event.order_id, event.payment_id, event.reference) == ("ord_1", "pay_1", "pi_1")
        assert event.amount == Money(1299, "CNY")


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        (None, "payment.expired"),
        ("expired", "payment.expired"),
        ("automatic", "payment.expired"),
        ("requested_by_customer", "payment.canceled"),
        ("fraudulent", "payment.canceled"),
    ],
)
def test_canceled_means_expired_unless_somebody_decided_it(reason, meaning):
    thing = sample.intent("canceled", cancellation_reason=reason)
    assert heard("payment_intent.canceled", thing).kind == meaning


def test_a_failed_attempt_tells_the_bank_s_reason():
    failure = {"code": "card_declined", "decline_code": "insufficient_funds"}
    thing = sample.intent("requires_payment_method", last_payment_error=failure)
    assert heard("payment_intent.payment_failed", thing).reason == "insufficient_funds"


def test_what_was_received_counts_rather_than_what_was_asked_for():
    thing = sample.intent("succeeded", amount_received=1000)
    assert heard("payment_intent.succeeded", thing).amount == Money(1000, "CNY")


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "charge.refund.updated"])
@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("pending", "refund.pending"),
        ("requires_action", "refund.pending"),
        ("succeeded", "refund.succeeded"),
        ("failed", "refund.failed"),
        ("canceled", "refund.failed"),
        ("a_new_word", None),
    ],
)
def test_a_refund_s_events_speak_by_its_status(kind, status, meaning):
    event = heard(kind, sample.refund(status, failure_reason="expired_or_canceled_card"))
    assert (event.kind, event.refund_id, event.refund_reference) == (meaning, "ref_1", "re_1")
    assert (event.reference, event.reason) == ("pi_1", "expired_or_canceled_card")


def test_a_refund_made_in_the_dashboard_names_the_payment_by_stripe_s_id_alone():
    event = heard("refund.created", sample.refund("succeeded", metadata={}))
    assert (event.kind, event.refund_id, event.order_id, event.reference) == (
        "refund.succeeded", None, None, "pi_1",
    )  # fmt: skip


def test_a_refunded_charge_counts_only_where_it_names_its_refunds():
    charge = {"id": "ch_1", "amount_refunded": 1299}
    assert heard("charge.refunded", charge).kind is None
    old_style = charge | {"refunds": {"data": [sample.refund("succeeded")]}}
    event = heard("charge.refunded", old_style)
    assert (event.kind, event.refund_id) == ("refund.succeeded", "ref_1")


def test_disputes_open_and_close_with_their_outcome():
    opened = heard("charge.dispute.created", sample.dispute("needs_response"))
    assert (opened.kind, opened.reference, opened.dispute_reference, opened.amount) == (
        "dispute.opened", "pi_1", "dp_1", Money(1299, "CNY"),
    )  # fmt: skip
    assert opened.reason == "product_not_received"
    assert opened.evidence_due_at == datetime.fromtimestamp(1_796_000_000, UTC)
    for status, won in (("lost", False), ("won", True), ("warning_closed", True)):
        closed = heard("charge.dispute.closed", sample.dispute(status))
        assert (closed.kind, closed.won) == ("dispute.closed", won)


def test_a_dispute_under_way_is_open_whatever_stripe_calls_the_step():
    for status in ("warning_needs_response", "under_review", "needs_response"):
        event = heard("charge.dispute.updated", sample.dispute(status))
        assert (event.kind, event.won) == ("dispute.opened", None)


def test_a_genuine_event_of_an_unknown_shape_is_kept_and_changes_nothing():
    event = heard("payment_intent.succeeded", {"id": "pi_1", "amount": "a lot", "currency": "cny"})
    assert (event.kind, event.raw_type) == (None, "payment_intent.succeeded")


def test_the_published_style_vector_of_the_node_sdk_is_accepted_in_its_time():
    path = VECTORS / "stripe_webhook_nodesdk.json"
    if not path.exists():
        pytest.skip(f"the shared vectors are not here: {path}")
    vector = json.loads(path.read_text())
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    webhook = RawWebhook(vector["body"].encode(), headers)
    secrets = {"webhook_secrets": ["whsec_being_rolled", vector["secret"]]}
    event = PROVIDER.verify(secrets, webhook, datetime.fromtimestamp(vector["timestamp"], UTC))
    assert (event.event_id, event.kind, event.reference, event.amount) == (
        "evt_test_vector", "payment.captured", "pi_1", Money(1234, "USD"),
    )  # fmt: skip
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(secrets, webhook, NOW)


@pytest.mark.parametrize(
    "forge",
    [
        lambda header: header.replace("v1=", "v0="),
        lambda header: header.replace("v1=", "v1= "),
        lambda header: header.replace("t=", "t=0"),
        lambda header: f"t=1,{header}",
        lambda header: header.partition(",")[2],
        lambda header: header.partition(",")[0],
        lambda header: header.upper(),
        lambda header: header + "0",
        lambda _: "t=１７００,v1=é",
    ],
)
def test_a_header_that_is_nearly_right_is_wrong(forge):
    genuine = sample.webhook("captured", NOW)
    header = forge(genuine.headers["stripe-signature"])
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(SECRETS, RawWebhook(genuine.body, {"stripe-signature": header}), NOW)


@pytest.mark.parametrize(
    ("amount", "asked"),
    [
        (Money(1299, "CNY"), "1299"),
        (Money(1299, "JPY"), "1299"),
        (Money(1299, "ISK"), "129900"),
        (Money(1290, "KWD"), "1290"),
        (Money(1299, "TWD"), "1299"),
    ],
)
def test_amounts_go_out_and_come_back_in_stripe_s_units(amount, asked):
    answer = sample.intent("succeeded", amount=int(asked), amount_received=int(asked))
    answer |= {"currency": amount.currency.lower()}
    with HttpDouble(lambda _: Answer(200, json.dumps(answer).encode())) as double:
        PROVIDER.start(sample.secrets(double.base), _start(amount=amount))
        found = PROVIDER.ask(sample.secrets(double.base), "pay_1", "pi_1")
    form = dict(parse_qsl(double.asked[0].body.decode()))
    assert (form["amount"], form["currency"]) == (asked, amount.currency.lower())
    assert found.amount == amount


def test_a_fraction_that_stripe_cannot_take_is_refused_before_it_is_asked():
    with pytest.raises(ProviderRefused):
        PROVIDER.start(SECRETS, _start(amount=Money(1299, "KWD")))


def test_money_is_asked_for_under_keys_that_make_a_second_try_harmless():
    with HttpDouble(lambda asked: sample.respond(asked, "pending")) as double:
        started = PROVIDER.start(sample.secrets(double.base), START)
        asked = double.asked[0]
    assert (asked.method, asked.path) == ("POST", "/v1/payment_intents")
    assert asked.headers["idempotency-key"] == "pay_1"
    assert asked.headers["authorization"] == f"Bearer {sample.KEY}"
    assert asked.headers["stripe-version"]
    assert dict(parse_qsl(asked.body.decode())) == {
        "amount": "1299",
        "currency": "cny",
        "metadata[order_id]": "ord_1",
        "metadata[payment_id]": "pay_1",
        "metadata[order_number]": "22-K7MQ4",
        "payment_method_types[0]": "card",
    }
    assert (started.next_action.type, started.next_action.client_secret) == (
        "client_secret", "pi_1_secret_2",
    )  # fmt: skip


def _start(**changes):
    return msgspec.structs.replace(START, **changes)
