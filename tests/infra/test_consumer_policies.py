"""What functions call is what their policies allow: nothing missing, consumers nothing over."""

import json
from datetime import timedelta
from pathlib import Path

import boto3
import botocore.endpoint
import msgspec
import pytest

from chalicelib import aws
from chalicelib.domain.alerts import Alert
from chalicelib.domain.merchant_deliveries import Endpoint
from chalicelib.domain.profiles import Preferences
from chalicelib.services import (
    alerts,
    catalogue,
    fulfillment,
    invoices,
    merchant_deliveries,
    merchant_mail,
    notifications,
)
from chalicelib.store import catalogue as table
from chalicelib.store import endpoints
from chalicelib.store.profiles import save_preferences
from chalicelib.workers.mail_feedback import take_mail_feedback
from chalicelib.workers.merchant_deliveries import deliver_to_merchant
from chalicelib.workers.notifications import deliver_notifications
from tests.channels.fake import FakeChannel
from tests.factories import CLERK, CUSTOMER, MARKET, NOW
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import make_queues
from tests.services.test_mail_feedback import feedback as bounce_of
from tests.support.merchant import a_merchant, reply
from tests.workers.sqs import Context, batch_of

POLICIES = Path(__file__).parents[2] / "infra" / "policies"
DONE: dict = {"batchItemFailures": []}
INNER = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
# What Lambda does with the queue by itself, and reading secrets, which is cached by then.
NOT_OURS = ("sqs:", "secretsmanager:")


def allowed(function: str) -> set[tuple[str, str]]:
    """Pairs of action and table; the table is empty where there is none."""
    pairs = set()
    for statement in json.loads((POLICIES / f"{function}.json").read_text())["Statement"]:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            if not action.startswith(NOT_OURS):
                pairs |= {(action, table) for table in _tables(action, statement["Resource"])}
    return pairs


def _tables(action: str, resources) -> set[str]:
    if not action.startswith("dynamodb:"):
        return {""}
    return {resource["Fn::Sub"].rpartition("docket-${Stage}-")[2] for resource in resources}


@pytest.fixture
def called(monkeypatch):
    """Every action that is called while the test runs."""
    pairs: set[tuple[str, str]] = set()
    real = botocore.endpoint.Endpoint._do_get_response

    def noted(self, request, operation_model, context):
        service = operation_model.service_model.signing_name
        body = request.body if service == "dynamodb" else b"{}"
        pairs.update(_pairs(service, operation_model.name, json.loads(body)))
        return real(self, request, operation_model, context)

    monkeypatch.setattr(botocore.endpoint.Endpoint, "_do_get_response", noted)
    return pairs


def _pairs(service: str, operation: str, body: dict):
    if operation == "TransactWriteItems":
        for item in body["TransactItems"]:
            for kind, write in item.items():
                yield f"dynamodb:{INNER[kind]}", _kind(write["TableName"])
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in body["RequestItems"]:
            yield f"dynamodb:{operation}", _kind(table)
    else:
        yield f"{service}:{operation}", _kind(body["TableName"]) if "TableName" in body else ""


def _kind(table: str) -> str:
    return table.removeprefix("docket-test-")


def test_the_notifications_function_needs_what_it_may(shop, called):
    boto3.client("sesv2").create_email_identity(EmailIdentity="docket@example.com")
    aws.client.cache_clear()
    wishes = {"orders": ("email", "sms", "push")}
    save_preferences("cus-ada", msgspec.structs.replace(Preferences(version=1), channels=wishes))
    _, order = a_confirmed_order(CUSTOMER)
    needed = set()
    for act in ("accept", "prepare", "ready"):
        file = fulfillment.perform(order.order_id, act, CLERK, NOW, lambda _: None)
        _forget_catalogue()
        called.clear()
        for _ in range(2):
            deliver_notifications(batch_of(file.events[-1]), Context())
        needed |= called
    assert needed == allowed("deliver_notifications")


def test_the_api_may_change_the_catalogue_over_and_over(shop, called):
    for _ in range(table.VERSIONS_KEPT + 2):
        catalogue.publish(lambda snapshot: snapshot)
    writes = {pair for pair in called if pair[0].startswith("dynamodb:")}
    assert ("dynamodb:BatchWriteItem", "catalogue") in writes
    assert writes <= allowed("api")


def test_the_merchants_function_needs_what_it_may(shop, called, monkeypatch):
    from chalicelib.config import settings

    with a_merchant() as merchant:
        merchant.answer = reply(410)
        monkeypatch.setenv("DOCKET_ALLOWED_PRIVATE_HOSTS", merchant.host)
        settings.cache_clear()
        endpoints.save_endpoint(
            Endpoint(
                store_id=MARKET,
                url=merchant.url,
                secret="whsec_c2VjcmV0",
                created_at=NOW,
                updated_at=NOW,
            )
        )
        event, _ = a_confirmed_order(CUSTOMER)
        called.clear()
        for _ in range(2):
            deliver_to_merchant(batch_of(event), Context())
    monkeypatch.undo()
    settings.cache_clear()
    assert called == allowed("deliver_to_merchant")


def test_the_function_that_takes_bounces_needs_what_it_may(shop, called):
    make_queues()
    event, order = a_confirmed_order(CUSTOMER)
    channels = {name: FakeChannel(name) for name in ("email", "sms")}
    notifications.deliver(event, NOW, channels.__getitem__)
    merchant_deliveries.deliver(event, NOW)
    merchant_mail.mail_merchant(order, "not_accepted", NOW, channels["email"])
    call = Alert(alert_id="alt_1", title={"en": "t"}, text={"en": "x"}, channels=("email",), at=NOW)
    alerts.deliver(call, NOW, channels.__getitem__)
    _forget_catalogue()
    called.clear()
    for mail in channels["email"].sent:
        for _ in range(2):
            assert take_mail_feedback(batch_of(bounce_of(mail)), Context()) == DONE
    ours = {pair for pair in called if not pair[0].startswith(NOT_OURS)}
    assert ours == allowed("take_mail_feedback")


def test_the_invoices_function_may_issue_on_another_day_than_the_money_came(shop, called):
    event, _ = a_confirmed_order(CUSTOMER)
    called.clear()
    assert invoices.issue(event, NOW + timedelta(days=1))
    needed = {pair for pair in called if pair[0].startswith("dynamodb:")}
    assert ("dynamodb:PutItem", "operations") in needed
    assert needed <= allowed("issue_invoices")


def _forget_catalogue() -> None:
    from chalicelib.services import catalogue

    catalogue.forget()
