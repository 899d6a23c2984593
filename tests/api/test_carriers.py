"""Carriers post what became of a parcel: signed, in any order, seen on the order at once."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from chalicelib.domain.inbound_signatures import signature_of
from chalicelib.services import fulfillment, secrets
from chalicelib.store import orders as table
from tests.factories import CLERK, CUSTOMER
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import cases, give_receipts, make_queues, sweep_at

SECRET = "whsec_c2VjcmV0LW9mLWFjbWU="
URL = "/v1/webhooks/carriers/acme"
HOME = {"type": "delivery", "address": {"line1": "1 Road", "city": "Town", "country": "CN"}}


@pytest.fixture(autouse=True)
def _connected(client):
    boto3.client("secretsmanager").create_secret(
        Name="docket/test/inbound/acme", SecretString=SECRET
    )
    secrets.forget()


def now():
    return datetime.now(UTC)


@pytest.fixture
def order():
    """Shipped by staff with the parcel's number."""
    _, placed = a_confirmed_order(CUSTOMER, now=now(), fulfillment=HOME)
    for act in ("accept", "prepare"):
        fulfillment.perform(placed.order_id, act, CLERK, now(), lambda _: None)
    parcel = {"carrier": "ACME", "tracking_number": "1Z"}
    fulfillment.ship(placed.order_id, parcel, CLERK, now(), lambda _: None)
    return placed


def tell(client, status="delivery_failed", *, secret=SECRET, age=0, headers=None, **more):
    body = json.dumps({"tracking_number": "1Z", "status": status, **more}).encode()
    sent = str(int(now().timestamp()) - age)
    signature = signature_of(secret, f"msg_1.{sent}.".encode() + body)
    signed = {
        "webhook-id": "msg_1", "webhook-timestamp": sent, "webhook-signature": f"v1,{signature}",
        "content-type": "application/json",
    }  # fmt: skip
    return client.send("POST", URL, raw=body, headers={**signed, **(headers or {})})


def test_a_failed_delivery_is_on_the_order_and_opens_a_case(client, order):
    answer = tell(client, reason="nobody at home")
    assert (answer.status, answer.json) == (200, {"outcome": "applied"})
    file = table.load_file(order.order_id)
    assert file.order.fulfillment_status == "delivery_failed"
    [parcel] = file.shipments
    assert (parcel["status"], parcel["reason"]) == ("delivery_failed", "nobody at home")

    make_queues()
    give_receipts(order.order_id)
    sweep_at(at=now())
    [case] = cases("delivery_failed")
    assert case.subject.id == order.order_id
    later = (now() + timedelta(seconds=30)).isoformat()
    tell(client, "delivered", occurred_at=later)
    give_receipts(order.order_id)
    sweep_at(at=now() + timedelta(minutes=1))
    assert cases("delivery_failed")[0].status == "resolved"


def test_a_repeat_and_an_older_word_change_nothing(client, order):
    when = now().isoformat()
    assert tell(client, occurred_at=when).json == {"outcome": "applied"}
    version = table.load_order(order.order_id).version
    assert tell(client, occurred_at=when).json == {"outcome": "nothing_new"}
    earlier = (now() - timedelta(hours=1)).isoformat()
    assert tell(client, "in_transit", occurred_at=earlier).json == {"outcome": "nothing_new"}
    assert table.load_order(order.order_id).version == version


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "whsec_b3RoZXI="},
        {"age": 400},
        {"age": -400},
        {"headers": {"webhook-signature": ""}},
        {"headers": {"webhook-id": "msg_2"}},
        {"headers": {"webhook-timestamp": "now"}},
    ],
)
def test_what_the_carrier_did_not_sign_is_refused_and_leaves_no_trace(client, order, forged):
    before = table.load_order(order.order_id).version
    answer = tell(client, **forged)
    assert (answer.status, answer.json["code"]) == (401, "invalid_signature")
    assert table.load_order(order.order_id).version == before


def test_a_carrier_without_a_secret_and_a_parcel_without_an_order_are_not_found(client):
    unknown = client.send("POST", "/v1/webhooks/carriers/other", raw=b"{}")
    assert (unknown.status, unknown.json["code"]) == (404, "sender_not_found")
    answer = tell(client)
    assert (answer.status, answer.json["code"]) == (404, "parcel_not_found")


def test_bad_words_are_named(client, order):
    answer = tell(client, "lost in space")
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/status")
