"""An order paid by card through Stripe, from the request to the confirmed order."""

import json
from datetime import UTC, datetime

import boto3
import pytest

from chalicelib.providers.base import RawWebhook
from chalicelib.services import payments, webhooks
from tests.factories import order_body
from tests.http import GUEST_KEY
from tests.providers.http_double import until
from tests.providers.localstripe_process import BAD_CARD, GOOD_CARD


class Buyer:
    """Orders and pays by card over the API."""

    def __init__(self, client):
        self._client = client
        placed = client.send("POST", "/v1/orders", order_body(), key=GUEST_KEY).json
        self.order_id = placed["order_id"]
        self._token = f"Guest {placed['guest_token']}"

    def start(self):
        path = f"/v1/orders/{self.order_id}/payments"
        wish = {"provider": "stripe", "method": "card"}
        return self._client.send(
            "POST", path, wish, key=f"{GUEST_KEY}-pay", authorization=self._token
        )

    def order(self):
        return self._client.send(
            "GET", f"/v1/orders/{self.order_id}", authorization=self._token
        ).json


@pytest.fixture
def guest(client, secrets):
    boto3.client("secretsmanager").create_secret(
        Name="docket/test/payments/stripe", SecretString=json.dumps(secrets)
    )
    return Buyer(client)


def intent_of(begun):
    return begun["next_action"]["client_secret"].partition("_secret_")[0]


def webhook_of(docket, reference):
    def arrived():
        return [asked for asked in docket.asked if reference.encode() in asked.body]

    assert until(arrived)
    return RawWebhook(arrived()[0].body, arrived()[0].headers)


def test_a_card_payment_confirms_the_order_once(guest, client, docket, stripe):
    begun = guest.start()
    action = begun.json["next_action"]
    assert (begun.status, action["type"]) == (201, "client_secret")
    assert guest.start().json["next_action"] == action

    stripe.pay(intent_of(begun.json), GOOD_CARD)
    genuine = webhook_of(docket, intent_of(begun.json))
    path = "/v1/webhooks/payments/stripe"
    forged = genuine.body.replace(b"succeeded", b"processing")
    assert client.send("POST", path, raw=forged, headers=dict(genuine.headers)).status == 400
    assert guest.order()["status"] == "placed"

    for _ in range(3):
        assert (
            client.send("POST", path, raw=genuine.body, headers=dict(genuine.headers)).status == 200
        )
    order = guest.order()
    assert (order["status"], order["payment_status"]) == ("confirmed", "paid")
    types = [event["type"] for event in order["events"]]
    assert types.count("payment.captured") == types.count("order.confirmed") == 1


def test_a_lost_webhook_is_made_up_for_by_asking_stripe(guest, stripe):
    begun = guest.start().json
    stripe.pay(intent_of(begun), GOOD_CARD)
    assert guest.order()["payment_status"] == "pending"
    assert payments.ask_provider(guest.order_id, begun["payment_id"], datetime.now(UTC))
    assert guest.order()["status"] == "confirmed"


def test_a_declined_card_leaves_the_order_to_be_paid_otherwise(guest, docket, stripe):
    begun = guest.start().json
    stripe.pay(intent_of(begun), BAD_CARD)
    raw = webhook_of(docket, intent_of(begun))
    assert webhooks.receive("stripe", raw, datetime.now(UTC)).status == 200
    order = guest.order()
    assert (order["status"], order["payment_status"]) == ("placed", "failed")
