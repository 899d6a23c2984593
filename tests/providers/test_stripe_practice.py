"""The practice Stripe by Stripe's own SDK, and what Docket takes for Stripe's word."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import stripe as sdk
import urllib3

from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.domain.statements import Period
from chalicelib.providers.base import InvalidSignature, RawWebhook, RefundPayment, StartPayment
from chalicelib.providers.stripe import PROVIDER
from tests.providers.http_double import until

GOOD, BAD = "pm_card_visa", "pm_card_visa_chargeDeclined"
RETURN = "http://127.0.0.1:8000/?o=ord_1"


@pytest.fixture
def secrets(practice):
    return practice.secrets["stripe"]


@pytest.fixture
def client(secrets):
    addresses = {"api": secrets["api_base"]}
    return sdk.StripeClient(
        secrets["secret_key"], base_addresses=addresses, max_network_retries=0
    ).v1


@pytest.fixture
def now():
    return datetime.now(UTC)


def an_intent(client, minor=1299, currency="cny", key=None):
    ours = key or fresh("pay")
    metadata = {"order_id": "ord_1", "payment_id": ours, "order_number": "22-K7MQ4"}
    wish = {"amount": minor, "currency": currency, "metadata": metadata}
    return client.payment_intents.create(wish, {"idempotency_key": ours})


def told_of(practice, reference, count):
    """The webhooks about an intent, once they are that many."""

    def about():
        return [asked for asked in list(practice.shop.asked) if reference.encode() in asked.body]

    assert until(lambda: len(about()) >= count)
    return [RawWebhook(asked.body, asked.headers) for asked in about()]


def on_page(practice, secrets, reference, outcome):
    url = f"{secrets['api_base']}/pay/{reference}"
    answer = urllib3.request("POST", url, json={"outcome": outcome})
    assert answer.status == 200, answer.data


def test_stripes_own_sdk_is_declined_pays_and_trusts_what_it_is_told(practice, secrets, client):
    intent = an_intent(client)
    assert an_intent(client, key=intent.metadata["payment_id"]).id == intent.id
    with pytest.raises(sdk.IdempotencyError):
        an_intent(client, minor=1, key=intent.metadata["payment_id"])
    with pytest.raises(sdk.CardError, match="declined") as declined:
        client.payment_intents.confirm(intent.id, {"payment_method": BAD})
    assert declined.value.code == "card_declined"
    assert client.payment_intents.confirm(intent.id, {"payment_method": GOOD}).status == "succeeded"
    found = client.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (found.amount_received, found.latest_charge.payment_intent) == (1299, intent.id)
    with pytest.raises(sdk.InvalidRequestError, match="no longer"):
        client.payment_intents.cancel(intent.id)

    for raw in told_of(practice, intent.id, 2):
        header, (key,) = raw.headers["stripe-signature"], secrets["webhook_secrets"]
        event = sdk.Webhook.construct_event(raw.body, header, key)
        assert event.data.object.id == intent.id
        with pytest.raises(sdk.SignatureVerificationError):
            sdk.Webhook.construct_event(raw.body.replace(b"1299", b"1298"), header, key)


def test_refunds_are_idempotent_and_never_more_than_was_taken(practice, client):
    intent = an_intent(client)
    with pytest.raises(sdk.InvalidRequestError):
        client.refunds.create({"payment_intent": intent.id})
    client.payment_intents.confirm(intent.id, {"payment_method": GOOD})
    part = {"payment_intent": intent.id, "amount": 1000}
    ours = fresh("ref")
    given = [client.refunds.create(part, {"idempotency_key": ours}) for _ in range(2)]
    assert (given[0].id, given[0].status) == (given[1].id, "succeeded")
    with pytest.raises(sdk.InvalidRequestError):
        client.refunds.create(part)
    rest = [
        client.refunds.create({"payment_intent": intent.id}, {"idempotency_key": "rest"})
        for _ in range(2)
    ]
    assert (rest[0].id, rest[0].amount) == (rest[1].id, 299)
    listed = client.refunds.list({"payment_intent": intent.id, "limit": 1}).auto_paging_iter()
    assert [refund.amount for refund in listed] == [299, 1000]
    told_of(practice, intent.id, 3)


def test_a_bank_that_wants_to_see_its_customer_leads_away_and_back(practice, secrets, client):
    intent = an_intent(client)
    wish = {"payment_method": "pm_card_authenticationRequired", "return_url": RETURN}
    asked = client.payment_intents.confirm(intent.id, wish)
    assert (asked.status, asked.next_action.type) == ("requires_action", "redirect_to_url")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    back = urllib3.request(
        "POST", asked.next_action.redirect_to_url.url, body="outcome=succeeded", headers=form,
        redirect=False,
    )  # fmt: skip
    assert back.headers["Location"].startswith(f"{RETURN}&payment_intent={intent.id}&")
    assert client.payment_intents.retrieve(intent.id).status == "succeeded"
    kinds = {json.loads(raw.body)["type"] for raw in told_of(practice, intent.id, 2)}
    assert kinds == {"payment_intent.requires_action", "payment_intent.succeeded"}


def test_a_browser_pays_with_its_intents_secret_and_may_do_no_more(secrets, client):
    intent = an_intent(client)
    base = f"{secrets['api_base']}/v1/payment_intents"

    def send(path, **more):
        form = {"key": secrets["publishable_key"], "client_secret": intent.client_secret, **more}
        media_type = {"Content-Type": "application/x-www-form-urlencoded"}
        return urllib3.request("POST", base + path, body=urlencode(form), headers=media_type)

    number = {"payment_method_data[card][number]": "4242 4242 4242 4241"}
    wrong = send(f"/{intent.id}/confirm", **number)
    assert (wrong.status, wrong.json()["error"]["code"]) == (402, "incorrect_number")
    assert send(f"/{intent.id}/confirm", client_secret="guessed").status == 401
    assert send(f"/{an_intent(client).id}/confirm").status == 401
    assert send(f"/{intent.id}/cancel").status == 401
    assert send("", amount="1", currency="cny").status == 401
    number = {"payment_method_data[card][number]": "4242 4242 4242 4242"}
    paid = send(f"/{intent.id}/confirm", **number)
    assert (paid.status, paid.json()["status"]) == (200, "succeeded")
    assert paid.headers["Access-Control-Allow-Origin"] == "*"
    script = urllib3.request("GET", secrets["script_url"])
    assert "window.Stripe" in script.data.decode()


@pytest.mark.parametrize(("outcome", "count"), [("duplicated", 3), ("out_of_order", 2)])
def test_it_repeats_and_disorders_on_demand(practice, secrets, client, now, outcome, count):
    intent = an_intent(client)
    on_page(practice, secrets, intent.id, outcome)
    told = [PROVIDER.verify(secrets, raw, now) for raw in told_of(practice, intent.id, count)]
    late = "payment.pending" if outcome == "out_of_order" else "payment.captured"
    assert [event.kind for event in told] == ["payment.captured", *[late] * (count - 1)]
    assert len({event.event_id for event in told}) == (2 if outcome == "out_of_order" else 1)


def test_it_signs_wrongly_on_demand(practice, secrets, client, now):
    intent = an_intent(client)
    on_page(practice, secrets, intent.id, "badly_signed")
    (raw,) = told_of(practice, intent.id, 1)
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(secrets, raw, now)


def test_what_was_told_to_nobody_is_in_the_list_of_events(secrets, client, now):
    first = PROVIDER.list_events(secrets, None, now)
    newest = client.events.list({"limit": 1}).data
    intents = [an_intent(client) for _ in range(3)]
    for intent in intents:
        outcome = f"{secrets['api_base']}/pay/{intent.id}"
        urllib3.request("POST", outcome, json={"outcome": "webhook_lost"})
    since = {"ending_before": newest[0].id} if newest else {}
    listed = client.events.list({"limit": 2, **since}).auto_paging_iter()
    assert {event.data.object.id for event in listed} >= {intent.id for intent in intents}

    later = PROVIDER.list_events(secrets, first.cursor, now + timedelta(minutes=2))
    found = {told.event.reference: told.event for told in later.told}
    for intent in intents:
        event = found[intent.id]
        assert (event.kind, event.amount) == ("payment.captured", Money(1299, "CNY"))
        assert event.payment_id == intent.metadata["payment_id"]


def test_docket_starts_closes_pays_asks_refunds_and_reads_the_books(practice, secrets, client, now):
    def started():
        payment = StartPayment(
            payment_id=fresh("pay"), order_id=fresh("ord"), order_number="22-K7MQ4", method="card",
            amount=Money(129900, "ISK"), return_url="", webhook_url="",
            expires_at=now + timedelta(minutes=15), language="en",
        )  # fmt: skip
        begun = PROVIDER.start(secrets, payment)
        assert PROVIDER.start(secrets, payment) == begun
        return payment, begun.reference

    payment, reference = started()
    assert PROVIDER.ask(secrets, payment.payment_id, None).kind == "payment.pending"
    assert PROVIDER.close(secrets, payment.payment_id, reference).kind == "payment.expired"
    with pytest.raises(sdk.InvalidRequestError):
        client.payment_intents.confirm(reference, {"payment_method": GOOD})

    payment, reference = started()
    on_page(practice, secrets, reference, "wrong_amount")
    found = PROVIDER.ask(secrets, payment.payment_id, reference)
    assert (found.kind, found.amount) == ("payment.captured", Money(129899, "ISK"))
    refund = RefundPayment(
        refund_id=fresh("ref"), payment_id=payment.payment_id, order_id=payment.order_id,
        reference=reference, amount=Money(500, "ISK"), captured=payment.amount, reason="",
        webhook_url="",
    )  # fmt: skip
    assert PROVIDER.ask_refund(secrets, refund).kind == "refund.unknown"
    given = PROVIDER.refund(secrets, refund)
    assert (given.kind, given.amount) == ("refund.succeeded", refund.amount)
    assert PROVIDER.ask_refund(secrets, refund) == given

    books = PROVIDER.list_statement(secrets, Period(now - timedelta(hours=1), now + timedelta(1)))
    lines = [line for line in books if line.payment_id == payment.payment_id]
    assert Counter((line.kind, line.amount, line.fee) for line in lines) == {
        ("payment", Money(129899, "ISK"), Money(779, "ISK")): 1,
        ("refund", Money(500, "ISK"), None): 1,
    }


def test_a_refund_by_hand_and_a_dispute_are_told_without_ids_of_the_shops(
    practice, secrets, client, now
):
    intent = an_intent(client)
    client.payment_intents.confirm(intent.id, {"payment_method": GOOD})

    def do(what, **wish):
        url = f"{secrets['api_base']}/practice/{intent.id}/{what}"
        return urllib3.request("POST", url, json=wish).status

    assert do("disputes", outcome="astonished") == 422
    assert [do("refunds", amount=299), do("refunds", amount=1001)] == [200, 400]
    assert [do("disputes", outcome=name) for name in ("opened", "lost", "won")] == [200, 200, 422]
    raws = told_of(practice, intent.id, 4)
    told = {event.kind: event for event in (PROVIDER.verify(secrets, raw, now) for raw in raws)}
    refund, dispute, end = (
        told[k] for k in ("refund.succeeded", "dispute.opened", "dispute.closed")
    )
    assert (refund.payment_id, refund.amount) == (None, Money(299, "CNY"))
    assert (dispute.reference, dispute.amount) == (intent.id, Money(1000, "CNY"))
    assert dispute.evidence_due_at > now
    assert (end.dispute_reference, end.won) == (dispute.dispute_reference, False)


def test_who_has_no_key_is_told_nothing(client, secrets):
    stranger = sdk.StripeClient("sk_test_guess", base_addresses={"api": secrets["api_base"]}).v1
    with pytest.raises(sdk.AuthenticationError):
        stranger.payment_intents.retrieve(an_intent(client).id)
    with pytest.raises(sdk.InvalidRequestError):
        client.payment_intents.retrieve("pi_never")
