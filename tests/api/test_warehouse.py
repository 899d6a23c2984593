"""A warehouse posts counts and movements: signed, each carried out once."""

import json
from datetime import UTC, datetime

import boto3
import pytest

from chalicelib.domain.inbound_signatures import signature_of
from chalicelib.services import secrets
from tests.factories import MARKET, stock_of

SECRET = "whsec_c2VjcmV0LW9mLXRoZS13bXM="


@pytest.fixture(autouse=True)
def _connected(client):
    boto3.client("secretsmanager").create_secret(
        Name="docket/test/inbound/wms", SecretString=SECRET
    )
    secrets.forget()


def moving(kind, quantity, sku="apple"):
    return {"store_id": MARKET, "sku": sku, "kind": kind, "quantity": quantity, "reason": "Audit"}


def tell(client, *movements, message_id="msg_1", secret=SECRET):
    body = json.dumps({"movements": movements}).encode()
    sent = str(int(datetime.now(UTC).timestamp()))
    signature = signature_of(secret, f"{message_id}.{sent}.".encode() + body)
    headers = {
        "webhook-id": message_id, "webhook-timestamp": sent, "content-type": "application/json",
        "webhook-signature": f"v1,{signature}",
    }  # fmt: skip
    return client.send("POST", "/v1/webhooks/wms", raw=body, headers=headers)


def test_movements_are_carried_out_in_turn_and_once(client):
    news = (moving("count", 90), moving("receive", 5), moving("damage", 500))
    answer = tell(client, *news)
    assert answer.status == 200
    assert (answer.json["applied"], answer.json["replayed"]) == (2, 0)
    [failure] = answer.json["failed"]
    assert (failure["row"], failure["code"]) == (3, "out_of_stock")
    assert stock_of("apple")[0] == 95

    again = tell(client, *news).json
    assert (again["applied"], again["replayed"]) == (0, 2)
    assert stock_of("apple")[0] == 95


def test_nothing_moves_when_one_movement_makes_no_sense(client):
    answer = tell(client, moving("receive", 5), moving("receive", 1, sku="ghost"))
    assert (answer.status, answer.code) == (422, "invalid_input")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/movements/1/sku"]
    assert stock_of("apple")[0] == 500


def test_what_the_warehouse_did_not_sign_moves_nothing(client):
    answer = tell(client, moving("count", 0), secret="whsec_b3RoZXI=")
    assert (answer.status, answer.code) == (401, "invalid_signature")
    assert stock_of("apple")[0] == 500


def test_a_message_id_belongs_to_one_message(client):
    tell(client, moving("receive", 5))
    assert tell(client, moving("receive", 6)).code == "idempotency_key_reused"
    assert stock_of("apple")[0] == 505
