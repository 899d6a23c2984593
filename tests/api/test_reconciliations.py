"""Reports of providers' books over HTTP: matched now, imported, refused."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import boto3
import pytest

from chalicelib.domain.clock import rfc3339
from tests.factories import CUSTOMER, MARKET
from tests.http import Client
from tests.providers import wechat_sdk
from tests.services.paid_at_stripe import now, paid, today
from tests.services.sweeping import make_queues
from tests.tokens import bearer

STAFF = bearer("staff-mo", "manager", f"store:{MARKET}")
CLERK = bearer("staff-cleo", "clerk")


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


@pytest.fixture
def client(stripe):
    with Client() as test_client:
        yield test_client


def test_reports_over_http(stripe, client):
    paid(stripe)
    wish = {"provider": "stripe", "day": today().isoformat()}
    made = client.send("POST", "/v1/ops/reconciliations", wish, authorization=STAFF)
    assert (made.status, made.json["difference_count"]) == (201, 0)
    assert client.send("GET", made.headers["location"], authorization=STAFF).json == made.json
    listed = client.send("GET", "/v1/ops/reconciliations", authorization=STAFF).json
    assert [one["reconciliation_id"] for one in listed["items"]] == [made.json["reconciliation_id"]]
    told = {one["provider"]: one for one in listed["providers"]}
    assert (told["stripe"]["lists_events"], told["stripe"]["statement"]) == (True, "provider")


def test_a_fee_is_told_in_the_ledger_and_its_amount_nowhere_else(stripe, client):
    order_id, _ = paid(stripe)
    wish = {"provider": "stripe", "day": today().isoformat()}
    made = client.send("POST", "/v1/ops/reconciliations", wish, authorization=STAFF)
    assert made.json["fees_booked"] == 1
    span = {"from": now() - timedelta(hours=1), "to": now() + timedelta(hours=1)}
    times = {name: rfc3339(moment) for name, moment in span.items()}
    path = f"/v1/ops/ledger?{urlencode({'store_id': MARKET, **times})}"
    entries = client.send("GET", path, authorization=STAFF).json["items"]
    (fee,) = [one for one in entries if one["type"] == "payment.fee_charged"]
    assert {one["account"] for one in fee["postings"]} == {"fees", "provider:stripe"}
    sheet = client.send("GET", path, authorization=STAFF, headers={"Accept": "text/csv"})
    assert sheet.text.count("payment.fee_charged") == 2
    reader = bearer(CUSTOMER.id, "customer")
    order = client.send("GET", f"/v1/orders/{order_id}", authorization=reader).json
    last = order["events"][-1]
    assert (last["type"], last["version"]) == ("payment.fee_charged", order["version"])
    assert "fee" not in last["data"]


def test_a_statement_is_imported_over_http(stripe, client):
    order_id, reference = paid(stripe)
    path = f"/v1/ops/statements?provider=stripe&day={today().isoformat()}"
    line = {
        "kind": "payment", "reference": reference, "payment_id": "", "order_id": order_id,
        "amount": {"amount_minor": 1900, "currency": "CNY"}, "occurred_at": now().isoformat(),
    }  # fmt: skip
    answer = client.send("POST", path, {"lines": [line]}, authorization=STAFF)
    assert (answer.status, answer.json["difference_count"]) == (201, 0), answer.text
    nothing = client.send("POST", path, {"lines": []}, authorization=STAFF).json
    assert [one["kind"] for one in nothing["differences"]] == ["missing_at_provider"]


@pytest.mark.parametrize(
    ("query", "body", "content_type", "status", "code"),
    [
        ("provider=alipay&day=2026-11-21", b"no,statement\n", "text/csv", 422, "invalid_input"),
        ("provider=stripe&day=2026-11-21", b"a,b\n", "text/csv", 422, "statement_not_offered"),
        ("provider=nobody&day=2026-11-21", b"a,b\n", "text/csv", 404, "provider_not_found"),
        ("provider=alipay&day=yesterday", b"a,b\n", "text/csv", 422, "invalid_input"),
        ("provider=alipay&day=2026-11-21", b"{", "application/json", 400, "malformed_request"),
        ("provider=alipay&day=2026-11-21", b"x" * 256_001, "text/csv", 413, "body_too_large"),
    ],
)
def test_what_is_no_statement_is_refused(client, query, body, content_type, status, code):
    answer = client.send(
        "POST", f"/v1/ops/statements?{query}", raw=body, authorization=STAFF,
        headers={"Content-Type": content_type},
    )  # fmt: skip
    assert (answer.status, answer.code) == (status, code)


def test_a_bill_that_is_not_written_yet_is_not_asked_for(client):
    secret = json.dumps(wechat_sdk.secrets("http://127.0.0.1:9"))
    name = "docket/test/payments/wechat_pay"
    boto3.client("secretsmanager").create_secret(Name=name, SecretString=secret)
    wish = {"provider": "wechat_pay", "day": today().isoformat()}
    answer = client.send("POST", "/v1/ops/reconciliations", wish, authorization=STAFF)
    assert (answer.status, answer.code) == (409, "statement_not_ready")


def test_clerks_read_reports_and_match_none(client):
    assert client.send("GET", "/v1/ops/reconciliations", authorization=CLERK).status == 200
    wish = {"provider": "stripe", "day": today().isoformat()}
    asked = client.send("POST", "/v1/ops/reconciliations", wish, authorization=CLERK)
    assert asked.status == 403
    answer = client.send("GET", "/v1/ops/reconciliations/rec_none", authorization=STAFF)
    assert (answer.status, answer.code) == (404, "reconciliation_not_found")
